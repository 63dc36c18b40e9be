"""Discussions and pull requests through huggingface_hub."""

import random

from common import api, bob, refused
from huggingface_hub import CommitOperationAdd
from huggingface_hub.errors import HfHubHTTPError

repo = "ana/talk"
api.create_repo(repo, visibility="public")
api.upload_file(path_or_fileobj=b"one\n", path_in_repo="file.txt", repo_id=repo)

first = bob.create_discussion(repo, "What is this?", description="I wonder.")
assert first.num == 1 and first.status == "open" and first.author == "bob" and not first.is_pull_request
assert first.events[0].content == "I wonder.", first.events
said = api.comment_discussion(repo, 1, "A **test**.")
assert said.author == "ana" and said.content == "A **test**.", said
edited = api.edit_discussion_comment(repo, 1, said.id, "A test.")
assert edited.content == "A test." and edited.edited, edited
hidden = api.hide_discussion_comment(repo, 1, said.id)
assert hidden.hidden, hidden
renamed = api.rename_discussion(repo, 1, "What is it?")
assert (renamed.old_title, renamed.new_title) == ("What is this?", "What is it?"), renamed
closed = api.change_discussion_status(repo, 1, "closed", comment="Done.")
assert closed.new_status == "closed", closed
details = api.get_discussion_details(repo, 1)
assert details.title == "What is it?" and details.status == "closed", details
assert {"comment", "title-change", "status-change"} <= {event.type for event in details.events}, details.events
with refused(HfHubHTTPError, "404"):
    api.get_discussion_details(repo, 99)

pull = api.create_pull_request(repo, "Better", description="Two is better.")
assert pull.num == 2 and pull.is_pull_request and pull.status == "draft" and pull.git_reference == "refs/pr/2", pull
assert pull.target_branch == "refs/heads/main", pull
api.create_commit(repo, [CommitOperationAdd("file.txt", b"two\n")], commit_message="two", revision="refs/pr/2")
api.change_discussion_status(repo, 2, "open")
pull = api.get_discussion_details(repo, 2)
assert pull.status == "open" and any(event.type == "commit" for event in pull.events), pull.events
assert pull.conflicting_files in (False, []), pull.conflicting_files
assert "+two" in pull.diff and "-one" in pull.diff, pull.diff
refs = api.list_repo_refs(repo, include_pull_requests=True)
assert [one.ref for one in refs.pull_requests] == ["refs/pr/2"], refs
with refused(HfHubHTTPError, "403"):
    bob.merge_pull_request(repo, 2)
api.merge_pull_request(repo, 2, comment="Thank you.")
pull = api.get_discussion_details(repo, 2)
assert pull.status == "merged" and pull.merge_commit_oid, pull
with open(api.hf_hub_download(repo, "file.txt"), "rb") as file:
    assert file.read() == b"two\n"

# Somebody who may read, and not write, proposes.
proposed = bob.create_commit(
    repo, [CommitOperationAdd("bobs.txt", b"mine")], commit_message="Mine", create_pr=True
)
assert proposed.pr_num == 3, proposed
large = random.Random(3).randbytes(80_000)
bob.upload_file(path_or_fileobj=large, path_in_repo="large.bin", repo_id=repo, revision="refs/pr/3")
[info] = bob.get_paths_info(repo, ["large.bin"], revision="refs/pr/3")
assert info.lfs.size == 80_000, info
with refused(HfHubHTTPError, "403"):
    bob.create_commit(repo, [CommitOperationAdd("bobs.txt", b"mine")], commit_message="Mine")

listed = list(api.get_repo_discussions(repo))
assert sorted(one.num for one in listed) == [1, 2, 3], listed
assert [one.num for one in api.get_repo_discussions(repo, discussion_type="discussion")] == [1]
assert [one.num for one in api.get_repo_discussions(repo, discussion_status="closed")] != []
assert [one.num for one in api.get_repo_discussions(repo, author="bob", discussion_type="pull_request")] == [3]
print("fine")
