"""Gated models and datasets: asked for, listed, accepted, rejected, cancelled and given by huggingface_hub."""

import os
import pathlib
import tempfile

from common import api, bob, refused
from huggingface_hub.errors import BadRequestError, GatedRepoError, HfHubHTTPError
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

ENDPOINT = os.environ["HF_ENDPOINT"]


def ask(prefix, repo):
    """What the button on the page of a gated repository does; the library has no call for it."""
    headers = build_hf_headers(token=os.environ["BOB_TOKEN"])
    address = f"{ENDPOINT}/{prefix}{repo}/ask-access"
    hf_raise_for_status(get_session().post(address, headers=headers, json={"purpose": "To compare"}))


for kind, prefix in (("model", ""), ("dataset", "datasets/")):
    repo = f"ana/gated-{kind}"
    api.create_repo(repo, repo_type=kind, visibility="public")
    api.upload_file(path_or_fileobj=b"weights", path_in_repo="data.txt", repo_id=repo, repo_type=kind)
    with refused(BadRequestError, "not a gated"):
        list(api.list_pending_access_requests(repo, repo_type=kind))
    api.update_repo_settings(repo, repo_type=kind, gated="manual")
    assert bob.repo_info(repo, repo_type=kind).gated == "manual"

    def download():
        # With an empty cache: what was read once, the client goes on reading from there.
        with tempfile.TemporaryDirectory() as cache:
            path = bob.hf_hub_download(repo, "data.txt", repo_type=kind, cache_dir=cache)
            return pathlib.Path(path).read_bytes()

    def people(status):
        return [one.username for one in getattr(api, f"list_{status}_access_requests")(repo, repo_type=kind)]

    with refused(GatedRepoError, "consent"):
        download()
    with refused(GatedRepoError):
        bob.snapshot_download(repo, repo_type=kind)

    # Bob asks, once.
    ask(prefix, repo)
    with refused(HfHubHTTPError, "409"):
        ask(prefix, repo)
    with refused(GatedRepoError):
        download()
    [request] = api.list_pending_access_requests(repo, repo_type=kind)
    assert (request.username, request.fullname, request.status) == ("bob", "Bob", "pending"), request
    assert request.fields == {"purpose": "To compare"}, request
    with refused(HfHubHTTPError, "403"):
        list(bob.list_pending_access_requests(repo, repo_type=kind))
    with refused(HfHubHTTPError, "403"):
        bob.accept_access_request(repo, "bob", repo_type=kind)

    # Ana decides.
    api.accept_access_request(repo, request_id=request.request_id, repo_type=kind)
    assert download() == b"weights"
    assert (people("pending"), people("accepted"), people("rejected")) == ([], ["bob"], [])
    with refused(HfHubHTTPError, "404"):
        api.accept_access_request(repo, "bob", repo_type=kind)
    api.reject_access_request(repo, "bob", repo_type=kind, rejection_reason="The study is over.")
    with refused(GatedRepoError):
        download()
    assert (people("pending"), people("accepted"), people("rejected")) == ([], [], ["bob"])

    # He asks again, and she changes her mind; what she cancels is not open any more.
    ask(prefix, repo)
    assert people("pending") == ["bob"]
    api.reject_access_request(repo, "bob", repo_type=kind, rejection_reason="Not yet.")
    api.accept_access_request(repo, "bob", repo_type=kind)
    bob.auth_check(repo, repo_type=kind)
    api.cancel_access_request(repo, "bob", repo_type=kind)
    with refused(GatedRepoError):
        bob.auth_check(repo, repo_type=kind)

    # She gives it unasked.
    api.grant_access(repo, "bob", repo_type=kind)
    bob.auth_check(repo, repo_type=kind)
    with refused(BadRequestError, "already"):
        api.grant_access(repo, "bob", repo_type=kind)
    with refused(HfHubHTTPError, "404"):
        api.grant_access(repo, "nobody", repo_type=kind)
print("fine")
