"""Large files through huggingface_hub: by Xet as clients do by default, by Git LFS, from folders, and on a pull request."""

import hashlib
import io
import os
import pathlib
import random
import sys
import tempfile

from common import api, names, refused
from huggingface_hub import CommitOperationAdd, hf_hub_download, snapshot_download
from huggingface_hub.utils._runtime import is_xet_available

way = sys.argv[1] if len(sys.argv) > 1 else os.environ["WAY"]
assert is_xet_available() == (way == "xet"), way
repo = f"ana/large-{way}"
api.create_repo(repo, repo_type="dataset")
kind = {"repo_id": repo, "repo_type": "dataset"}
draw = random.Random(way).randbytes
sha256 = lambda data: hashlib.sha256(data).hexdigest()

# One file of each size: a few bytes, more than one part.
small, large = draw(70_000), draw(17_500_000)
api.upload_file(path_or_fileobj=small, path_in_repo="small.bin", **kind)
with tempfile.NamedTemporaryFile(suffix=".bin") as file:
    file.write(large)
    file.flush()
    api.upload_file(path_or_fileobj=file.name, path_in_repo="deep/large.bin", **kind)
# What is read from a stream goes by LFS in every case.
stream = draw(50_000)
api.upload_file(path_or_fileobj=io.BytesIO(stream), path_in_repo="stream.bin", **kind)
for path, data in (("small.bin", small), ("deep/large.bin", large), ("stream.bin", stream)):
    [info] = api.get_paths_info(paths=[path], **kind)
    assert info.size == len(data) and info.lfs.sha256 == sha256(data), info
    assert pathlib.Path(hf_hub_download(filename=path, **kind)).read_bytes() == data, path

# The same again is no new commit.
head = api.dataset_info(repo).sha
api.upload_file(path_or_fileobj=small, path_in_repo="small.bin", **kind)
assert api.dataset_info(repo).sha == head
# The same bytes elsewhere, and in another repository, are not sent again.
api.upload_file(path_or_fileobj=large, path_in_repo="again.bin", **kind)
# The same bytes are listed once, by one of their paths.
listed = [(one.file_oid, one.filename, one.size) for one in api.list_lfs_files(**kind)]
assert (sha256(large), "again.bin", len(large)) in listed and (sha256(small), "small.bin", len(small)) in listed, listed
assert len(listed) == 3, listed

# A folder, with files to be ignored.
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / ".gitignore").write_text("*.log\ncache/\n")
    (folder / "cache").mkdir()
    (folder / "cache/x.txt").write_text("x")
    (folder / "run.log").write_text("x")
    (folder / "nothing.txt").write_text("")
    for index in range(300):
        (folder / f"part-{index % 7}").mkdir(exist_ok=True)
        (folder / f"part-{index % 7}/{index}.txt").write_text(f"file {index}")
    for index in range(5):
        (folder / f"weights-{index}.bin").write_bytes(draw(200_000))
    tree = {"repo_id": f"ana/folder-{way}", "repo_type": "dataset"}
    api.create_repo(**tree)
    api.upload_folder(folder_path=folder, **tree)
    listed = api.list_repo_files(**tree)
    assert len(listed) == 308 and "run.log" not in listed and "cache/x.txt" not in listed, len(listed)
    local = pathlib.Path(snapshot_download(**tree))
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("run.log", "x.txt"):
            assert (local / path.relative_to(folder)).read_bytes() == path.read_bytes(), path
    # Again: nothing has changed.
    head = api.dataset_info(tree["repo_id"]).sha
    api.upload_folder(folder_path=folder, **tree)
    assert api.dataset_info(tree["repo_id"]).sha == head
    # What went away here goes away there.
    (folder / "weights-0.bin").unlink()
    api.upload_folder(folder_path=folder, delete_patterns="*.bin", **tree)
    assert not api.file_exists(filename="weights-0.bin", **tree)

# On a pull request.
commit = api.create_commit(
    operations=[CommitOperationAdd("pull.bin", draw(60_000)), CommitOperationAdd("pull.txt", b"text")],
    commit_message="as a pull request",
    create_pr=True,
    **kind,
)
assert commit.pr_revision == "refs/pr/1" and commit.pr_num == 1, commit
assert "pull.bin" in names(api.list_repo_tree(revision="refs/pr/1", **kind))
assert "pull.bin" not in names(api.list_repo_tree(**kind))
api.upload_file(path_or_fileobj=draw(60_000), path_in_repo="more.bin", revision="refs/pr/1", **kind)
api.merge_pull_request(discussion_num=1, **kind)
assert {"pull.bin", "more.bin", "pull.txt"} <= set(names(api.list_repo_tree(**kind)))
print("fine")
