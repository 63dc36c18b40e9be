"""Repositories: made, filled, listed, read, named, moved and deleted by huggingface_hub."""

import os
import pathlib
import tempfile

from common import api, bob, names, refused
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    BadRequestError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, get_session

ENDPOINT = os.environ["HF_ENDPOINT"]

# Who am I.
me = api.whoami()
assert me["name"] == "ana" and me["auth"]["accessToken"]["role"] == "write", me
with refused(HfHubHTTPError, "Invalid user token"):
    HfApi(token="hf_wrong").whoami()
assert api.get_user_overview("bob").fullname == "Bob"

# Make.
url = api.create_repo("ana/First")
assert url == f"{ENDPOINT}/ana/First" and url.repo_id == "ana/First", url
assert api.create_repo("First", exist_ok=True) == url
with refused(HfHubHTTPError, "409"):
    api.create_repo("ana/First")
with refused(HfHubHTTPError, "409"):
    api.create_repo("ana/first")
with refused(HfHubHTTPError, "403"):
    bob.create_repo("ana/intruder")
with refused(BadRequestError, "spaces"):
    api.create_repo("ana/space", repo_type="space", space_sdk="static")
assert api.list_repo_files("ana/First") == [".gitattributes"]
assert api.model_info("ana/First").private is True

# Fill.
info = api.upload_file(path_or_fileobj=b"hello\n", path_in_repo="a/b/hello.txt", repo_id="ana/First")
assert info.commit_url.startswith(f"{ENDPOINT}/ana/First/commit/"), info.commit_url
operations = [
    CommitOperationAdd("config.json", b'{"model_type": "gpt2"}'),
    CommitOperationAdd("empty.txt", b""),
    CommitOperationAdd("ünï/côdé 1.txt", "grüße".encode()),
    CommitOperationCopy("a/b/hello.txt", "copy.txt"),
]
commit = api.create_commit("ana/First", operations, commit_message="more", commit_description="and more")
with refused(HfHubHTTPError, "412"):
    api.create_commit(
        "ana/First", [CommitOperationAdd("x", b"x")], commit_message="late", parent_commit=info.oid
    )
readme = "---\nlicense: mit\ntags:\n- tiny\nlibrary_name: transformers\npipeline_tag: text-generation\n---\n# First\n"
api.upload_file(
    path_or_fileobj=readme.encode(), path_in_repo="README.md", repo_id="ana/First", parent_commit=commit.oid
)
with refused(ValueError, "metadata"):
    api.upload_file(
        path_or_fileobj=b"---\nlicense: [\n---\n", path_in_repo="README.md", repo_id="ana/First"
    )

# List and read.
files = [
    ".gitattributes", "README.md", "a/b/hello.txt", "config.json", "copy.txt", "empty.txt", "ünï/côdé 1.txt",
]
assert sorted(api.list_repo_files("ana/First")) == files
assert names(api.list_repo_tree("ana/First")) == [
    ".gitattributes", "README.md", "a", "config.json", "copy.txt", "empty.txt", "ünï",
]
assert names(api.list_repo_tree("ana/First", "a", recursive=True, expand=True)) == ["a/b", "a/b/hello.txt"]
[hello] = api.get_paths_info("ana/First", ["a/b/hello.txt", "not there"])
assert hello.blob_id == "ce013625030ba8dba906f756967f9e9ca394464a" and hello.size == 6, hello
with refused(RemoteEntryNotFoundError):
    list(api.list_repo_tree("ana/First", "nowhere"))
model = api.model_info("ana/First", files_metadata=True)
assert model.card_data.license == "mit" and model.pipeline_tag == "text-generation", model
assert set(model.tags) >= {"license:mit", "tiny", "transformers", "text-generation"}, model.tags
assert sorted(sibling.rfilename for sibling in model.siblings) == files
assert api.model_info("ana/First", expand=["sha"]).siblings is None
assert api.repo_exists("ana/First") and not api.repo_exists("ana/none")
assert api.file_exists("ana/First", "empty.txt") and not api.file_exists("ana/First", "none")
assert api.revision_exists("ana/First", "main") and not api.revision_exists("ana/First", "none")

path = pathlib.Path(hf_hub_download("ana/First", "a/b/hello.txt"))
assert path.read_bytes() == b"hello\n"
assert pathlib.Path(hf_hub_download("ana/First", "empty.txt")).read_bytes() == b""
assert pathlib.Path(hf_hub_download("ana/First", "ünï/côdé 1.txt")).read_text() == "grüße"
before = pathlib.Path(snapshot_download("ana/First", revision=commit.oid))
assert not (before / "README.md").exists() and (before / "copy.txt").read_bytes() == b"hello\n"
now = pathlib.Path(snapshot_download("ana/First", allow_patterns=["*.md", "a/**"]))
assert (now / "README.md").read_text() == readme and (now / "a/b/hello.txt").exists()
with tempfile.TemporaryDirectory() as folder:
    snapshot_download("ana/First", local_dir=folder)
    assert (pathlib.Path(folder) / "config.json").exists()

# What is not there, or not for everybody.
with refused(RemoteEntryNotFoundError):
    hf_hub_download("ana/First", "none.txt")
with refused(RevisionNotFoundError):
    hf_hub_download("ana/First", "empty.txt", revision="none")
with refused(RepositoryNotFoundError):
    hf_hub_download("ana/none", "empty.txt")
with refused(RepositoryNotFoundError):
    bob.model_info("ana/First")
with refused(RepositoryNotFoundError):
    HfApi(token=False).model_info("ana/First")
api.auth_check("ana/First", write=True)
with refused(RepositoryNotFoundError):
    bob.auth_check("ana/First")
with refused(BadRequestError):
    api.create_commit("ana/First", [CommitOperationDelete("none")], commit_message="x")

# History, branches, tags.
history = api.list_repo_commits("ana/First")
assert [one.title for one in history][-3:] == [
    "more", "Upload a/b/hello.txt with huggingface_hub", "initial commit",
], history
assert history[1].message == "and more" and history[1].authors == ["ana"], history[1]
api.create_branch("ana/First", branch="ideas/one", revision=commit.oid)
with refused(HfHubHTTPError, "409"):
    api.create_branch("ana/First", branch="ideas/one")
api.create_branch("ana/First", branch="ideas/one", exist_ok=True)
with refused(RevisionNotFoundError):
    api.create_branch("ana/First", branch="two", revision="none")
api.upload_file(path_or_fileobj=b"idea", path_in_repo="idea.txt", repo_id="ana/First", revision="ideas/one")
assert "idea.txt" in api.list_repo_files("ana/First", revision="ideas/one")
assert "idea.txt" not in api.list_repo_files("ana/First")
with refused(RevisionNotFoundError):
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="ana/First", revision="no-branch")
api.create_tag("ana/First", tag="v1", tag_message="the first", revision=commit.oid)
with refused(HfHubHTTPError, "409"):
    api.create_tag("ana/First", tag="v1")
assert api.model_info("ana/First", revision="v1").sha == commit.oid
with refused(BadRequestError):
    api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="ana/First", revision="v1")
refs = api.list_repo_refs("ana/First")
assert [one.name for one in refs.branches] == ["ideas/one", "main"] or len(refs.branches) == 2
assert [(one.name, one.target_commit) for one in refs.tags] == [("v1", commit.oid)]
api.delete_tag("ana/First", tag="v1")
with refused(RevisionNotFoundError):
    api.delete_tag("ana/First", tag="v1")
api.delete_branch("ana/First", branch="ideas/one")
with refused(BadRequestError, "main"):
    api.delete_branch("ana/First", branch="main")

# Delete files, squash.
api.delete_file("copy.txt", "ana/First")
api.delete_folder("a", "ana/First")
assert "a/b/hello.txt" not in api.list_repo_files("ana/First")
api.super_squash_history("ana/First")
assert len(api.list_repo_commits("ana/First")) == 1
assert "config.json" in api.list_repo_files("ana/First")

# Settings, lists.
api.update_repo_settings("ana/First", private=False)
assert bob.model_info("ana/First").private is False
for name, language in (("one", "en"), ("two", "de"), ("three", "de")):
    api.create_repo(f"ana/{name}", repo_type="dataset", visibility="public")
    api.upload_file(
        path_or_fileobj=f"---\nlanguage:\n- {language}\nlicense: apache-2.0\n---\n".encode(),
        path_in_repo="README.md",
        repo_id=f"ana/{name}",
        repo_type="dataset",
    )
listed = lambda **query: [one.id for one in bob.list_datasets(**query)]
assert sorted(listed()) == ["ana/one", "ana/three", "ana/two"]
assert sorted(listed(filter="language:de")) == ["ana/three", "ana/two"]
assert listed(filter=["language:de", "license:mit"]) == []
assert listed(search="thr", author="ana") == ["ana/three"]
assert listed(author="bob") == []
assert len(listed(limit=2)) == 2
assert listed(sort="last_modified")[0] == "ana/three"
assert [one.id for one in bob.list_models(author="ana", pipeline_tag="text-generation")] == ["ana/First"]
assert [one.id for one in bob.list_models(filter="tiny", full=True)] == ["ana/First"]
assert list(bob.list_spaces()) == []
# `get_dataset_tags` itself sends no token, and nothing here is for strangers.
tags = get_session().get(f"{ENDPOINT}/api/datasets-tags-by-type", headers=build_hf_headers()).json()
assert {"id": "language:de", "label": "de", "type": "language"} in tags["language"], tags

# Gates.
api.update_repo_settings("ana/two", repo_type="dataset", gated="manual")
assert bob.dataset_info("ana/two").gated == "manual"
with refused(GatedRepoError):
    bob.hf_hub_download("ana/two", "README.md", repo_type="dataset")
with refused(GatedRepoError):
    bob.auth_check("ana/two", repo_type="dataset")
api.grant_access("ana/two", "bob", repo_type="dataset")
bob.auth_check("ana/two", repo_type="dataset")
[accepted] = api.list_accepted_access_requests("ana/two", repo_type="dataset")
assert accepted.username == "bob" and accepted.status == "accepted", accepted
api.reject_access_request("ana/two", "bob", repo_type="dataset", rejection_reason="no")
with refused(GatedRepoError):
    bob.auth_check("ana/two", repo_type="dataset")
assert [one.username for one in api.list_rejected_access_requests("ana/two", repo_type="dataset")] == ["bob"]
assert list(api.list_pending_access_requests("ana/two", repo_type="dataset")) == []
with refused(HfHubHTTPError, "404"):
    api.accept_access_request("ana/two", "nobody", repo_type="dataset")
with refused(BadRequestError):
    list(api.list_pending_access_requests("ana/one", repo_type="dataset"))

# Move, delete.
api.move_repo("ana/one", "ana/Uno", repo_type="dataset")
assert api.dataset_info("ana/Uno").id == "ana/Uno"
for name in ("Uno", "two", "three"):
    api.delete_repo(f"ana/{name}", repo_type="dataset")
api.delete_repo("ana/First")
with refused(RepositoryNotFoundError):
    api.delete_repo("ana/First")
api.delete_repo("ana/First", missing_ok=True)
print("fine")
