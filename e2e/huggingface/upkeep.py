"""Likes, copies, who changed what last, and large files deleted for good, through huggingface_hub."""

import os

from common import api, bob, refused
from huggingface_hub import CommitOperationAdd
from huggingface_hub.errors import BadRequestError, HfHubHTTPError, RemoteEntryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

ENDPOINT = os.environ["HF_ENDPOINT"]
model, data = "ana/kept", "ana/kept-data"
for repo, kind in ((model, "model"), (data, "dataset")):
    api.create_repo(repo, repo_type=kind, visibility="public")

# Likes: the library has a call for all but the liking itself, which is a button on a page.
for repo, kind in ((model, "models"), (data, "datasets"), (model, "models")):
    headers = build_hf_headers(token=os.environ["BOB_TOKEN"])
    hf_raise_for_status(get_session().post(f"{ENDPOINT}/api/{kind}/{repo}/like", headers=headers))
liked = bob.list_liked_repos()
assert (liked.user, liked.total, liked.models, liked.datasets) == ("bob", 2, [model], [data]), liked
assert [(one.username, one.fullname) for one in api.list_repo_likers(model)] == [("bob", "Bob")]
assert api.model_info(model).likes == 1 and api.dataset_info(data).likes == 1
assert {one.id: one.likes for one in api.list_models(author="ana")}[model] == 1
bob.unlike(data, repo_type="dataset")
bob.unlike(data, repo_type="dataset")
assert list(api.list_repo_likers(data, repo_type="dataset")) == []
assert api.list_liked_repos("bob").datasets == []

# In which version a file, and a folder, was changed last.
first = api.create_commit(
    model,
    [CommitOperationAdd(f"a/{name}", b"1") for name in ("one.txt", "two.txt")] + [CommitOperationAdd("b/c.txt", b"1")],
    commit_message="first",
)
second = api.create_commit(model, [CommitOperationAdd("a/two.txt", b"2")], commit_message="second")
api.create_commit(model, [CommitOperationAdd("other.txt", b"3")], commit_message="third")
last = {one.path: one.last_commit for one in api.list_repo_tree(model, recursive=True, expand=True)}
assert {path: commit.title for path, commit in last.items()} == {
    ".gitattributes": "initial commit", "a": "second", "a/one.txt": "first", "a/two.txt": "second",
    "b": "first", "b/c.txt": "first", "other.txt": "third",
}, last
assert last["a/two.txt"].oid == second.oid and last["a/two.txt"].date.year >= 2024, last
[one] = api.get_paths_info(model, ["a/two.txt"], expand=True, revision=first.oid)
assert one.last_commit.oid == first.oid, one
[one] = api.get_paths_info(model, ["a/two.txt"])
assert one.last_commit is None, one

# A copy has the files, the history and the names of versions.
api.upload_file(path_or_fileobj=b"w" * 100_000, path_in_repo="weights.bin", repo_id=model)
api.create_tag(model, tag="v1")
copy = bob.duplicate_repo(model, "bob/copied")
assert copy == f"{ENDPOINT}/bob/copied" and copy.repo_id == "bob/copied", copy
assert bob.model_info("bob/copied").private is True
assert [one.commit_id for one in bob.list_repo_commits("bob/copied")] == [
    one.commit_id for one in api.list_repo_commits(model)
]
with open(bob.hf_hub_download("bob/copied", "weights.bin", revision="v1"), "rb") as file:
    assert file.read() == b"w" * 100_000
with refused(HfHubHTTPError, "409"):
    bob.duplicate_repo(model, "bob/copied")
assert bob.duplicate_repo(model, "bob/copied", exist_ok=True) == copy
api.duplicate_repo(data, "ana/copied-data", repo_type="dataset", visibility="public")
assert bob.dataset_info("ana/copied-data").private is False
api.update_repo_settings(model, gated="manual")
api.grant_access(model, "bob")
with refused(HfHubHTTPError, "403"):
    bob.duplicate_repo(model, "bob/past-the-gate")
with refused(HfHubHTTPError, "403"):
    bob.duplicate_repo("ana/copied-data", "ana/intruder", repo_type="dataset")

# Large files of any version are listed, and deleted for good.
api.upload_file(path_or_fileobj=b"x" * 100_000, path_in_repo="weights.bin", repo_id=model)
api.upload_file(path_or_fileobj=b"y" * 200_000, path_in_repo="sub/other.bin", repo_id=model)
before = api.list_repo_commits(model)
files = {one.size: one for one in api.list_lfs_files(model)}
assert sorted(one.filename for one in api.list_lfs_files(model)) == ["sub/other.bin", "weights.bin", "weights.bin"]
with refused(BadRequestError, "rewrite_history"):
    api.permanently_delete_lfs_files(model, [files[200_000]], rewrite_history=False)
with refused(HfHubHTTPError, "403"):
    bob.permanently_delete_lfs_files(model, [files[200_000]])
old = [one for one in api.list_lfs_files(model) if one.filename == "weights.bin"]
api.permanently_delete_lfs_files(model, old)
assert [one.filename for one in api.list_lfs_files(model)] == ["sub/other.bin"]
assert "weights.bin" not in api.list_repo_files(model) and "sub/other.bin" in api.list_repo_files(model)
with refused(RemoteEntryNotFoundError):
    api.hf_hub_download(model, "weights.bin", revision="v1", force_download=False, cache_dir=os.environ["HF_HOME"] + "/v1")
with refused(RevisionNotFoundError):
    api.list_repo_files(model, revision=before[0].commit_id)
after = api.list_repo_commits(model)
assert [(one.title, one.created_at) for one in after] == [(one.title, one.created_at) for one in before]
assert [one.title for one in after if one.commit_id in {one.commit_id for one in before}] == [
    "third", "second", "first", "initial commit",
], "versions that held none are what they were"
# The copy is another repository: it keeps its own.
assert "weights.bin" in bob.list_repo_files("bob/copied")
print("fine")
