"""Without a token, on a hub that lets everybody read what is public."""

from common import api, refused
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError

stranger = HfApi(token=False)
for name, visibility in (("open", "public"), ("closed", "private"), ("gated", "public")):
    api.create_repo(f"ana/{name}", visibility=visibility)
    api.upload_file(path_or_fileobj=b"---\nlicense: mit\n---\n", path_in_repo="README.md", repo_id=f"ana/{name}")
    api.upload_file(path_or_fileobj=b"w" * 100_000, path_in_repo="weights.bin", repo_id=f"ana/{name}")
api.update_repo_settings("ana/gated", gated="manual")

assert [one.id for one in stranger.list_models()] == ["ana/open"]
assert stranger.model_info("ana/open").card_data.license == "mit"
assert "license" in stranger.get_model_tags()
with open(stranger.hf_hub_download("ana/open", "weights.bin"), "rb") as file:
    assert file.read() == b"w" * 100_000
stranger.snapshot_download("ana/open")
for name in ("closed", "gated"):
    with refused(RepositoryNotFoundError):
        stranger.model_info(f"ana/{name}")
    with refused(RepositoryNotFoundError):
        stranger.hf_hub_download(f"ana/{name}", "weights.bin")
with refused(RepositoryNotFoundError, "401"):
    stranger.create_discussion("ana/open", "Hello")
with refused(RepositoryNotFoundError, "401"):
    stranger.unlike("ana/open")
print("fine")
