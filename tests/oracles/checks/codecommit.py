"""AWS CodeCommit. Source where none is named: CodeCommit API Reference and its model."""

from harness import DEV, REGION, SHARED, fits, has, holds, same, signatures

NAME = "awssdk-iam"
ARN = f"arn:aws:codecommit:{REGION}:{SHARED}:{NAME}"


def run(w):
    git = w.client("codecommit")
    raw = w.client("codecommit", validate=False)
    signatures(w, "codecommit", "list_repositories")

    with w.check("CreateRepository answers the repository"):
        answer = git.create_repository(repositoryName=NAME, repositoryDescription="source", tags={"a": "1"})["repositoryMetadata"]
        has(answer, "accountId", "repositoryId", "repositoryName", "repositoryDescription", "lastModifiedDate", "creationDate", "cloneUrlHttp", "cloneUrlSsh", "Arn")
        same(answer["Arn"], ARN)
        same(answer["accountId"], SHARED)
        same(answer["cloneUrlHttp"], f"https://git-codecommit.{REGION}.amazonaws.com/v1/repos/{NAME}")
        same(answer["cloneUrlSsh"], f"ssh://git-codecommit.{REGION}.amazonaws.com/v1/repos/{NAME}")
        fits(answer["repositoryId"], r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
        holds("defaultBranch" not in answer, "an empty repository has a default branch")
    w.refuses("CreateRepository refuses a name that is taken", "RepositoryNameExistsException", git.create_repository, repositoryName=NAME)
    for name in ("a b", "a/b", "x.git", "a:b"):
        w.refuses(f"CreateRepository refuses the name {name}", "InvalidRepositoryNameException", git.create_repository, repositoryName=name)
    w.refuses("CreateRepository refuses a name of 101 letters", "InvalidRepositoryNameException", raw.create_repository, repositoryName="r" * 101)
    w.refuses("CreateRepository needs a name", "RepositoryNameRequiredException", raw.create_repository)
    w.refuses("CreateRepository refuses a description of 1001 letters", "InvalidRepositoryDescriptionException", raw.create_repository, repositoryName="long", repositoryDescription="d" * 1001)
    w.refuses("CreateRepository refuses tags of AWS", "InvalidSystemTagUsageException", git.create_repository, repositoryName="tagged", tags={"aws:x": "1"})
    w.refuses("GetRepository of a repository that is not there", "RepositoryDoesNotExistException", git.get_repository, says="absent", repositoryName="absent")
    w.refuses("accounts do not see each other's repositories", "RepositoryDoesNotExistException", w.client("codecommit", DEV).get_repository, repositoryName=NAME)
    w.refuses("Regions do not see each other's repositories", "RepositoryDoesNotExistException", w.client("codecommit", region="us-east-1").get_repository, repositoryName=NAME)
    with w.check("GetRepository answers the repository that was made"):
        same(git.get_repository(repositoryName=NAME)["repositoryMetadata"]["repositoryId"], answer["repositoryId"])
    with w.check("ListRepositories lists names and ids"):
        same(git.list_repositories()["repositories"], [{"repositoryName": NAME, "repositoryId": answer["repositoryId"]}])
        same(w.client("codecommit", DEV).list_repositories()["repositories"], [])
    with w.check("BatchGetRepositories tells what is not found"):
        found = git.batch_get_repositories(repositoryNames=[NAME, "absent"])
        same([it["repositoryName"] for it in found["repositories"]], [NAME])
        same(found["repositoriesNotFound"], ["absent"])
    with w.check("UpdateRepositoryDescription changes the description"):
        git.update_repository_description(repositoryName=NAME, repositoryDescription="changed")
        same(git.get_repository(repositoryName=NAME)["repositoryMetadata"]["repositoryDescription"], "changed")
    with w.check("tags of a repository are listed, added and removed"):
        git.tag_resource(resourceArn=ARN, tags={"b": "2"})
        same(git.list_tags_for_resource(resourceArn=ARN)["tags"], {"a": "1", "b": "2"})
        git.untag_resource(resourceArn=ARN, tagKeys=["a"])
        same(git.list_tags_for_resource(resourceArn=ARN)["tags"], {"b": "2"})
    w.refuses("tags of a repository that is not there", "RepositoryDoesNotExistException", git.list_tags_for_resource, resourceArn=ARN + "-absent")
    w.refuses("tags of what is no ARN", "InvalidResourceArnException", git.list_tags_for_resource, resourceArn="awssdk-iam")

    # Files, commits, branches

    w.refuses("GetBranch of an empty repository", "BranchDoesNotExistException", git.get_branch, repositoryName=NAME, branchName="master")
    with w.check("PutFile makes the first commit and its branch", "PutFile: parentCommitId is not needed for an empty repository"):
        first = git.put_file(repositoryName=NAME, branchName="master", fileContent=b"version: 0.2\n", filePath="buildspec.yml", commitMessage="first", name="A", email="a@example.com")
        has(first, "commitId", "blobId", "treeId")
        fits(first["commitId"], "[0-9a-f]{40}")
    with w.check("ids are those that Git itself computes", "Git object format"):
        import hashlib

        body = b"version: 0.2\n"
        blob = hashlib.sha1(b"blob %d\0" % len(body) + body)
        same(first["blobId"], blob.hexdigest(), "the blob")
        tree = b"100644 buildspec.yml\0" + blob.digest()
        same(first["treeId"], hashlib.sha1(b"tree %d\0" % len(tree) + tree).hexdigest(), "the tree")
    with w.check("the first branch is the default branch"):
        same(git.get_repository(repositoryName=NAME)["repositoryMetadata"]["defaultBranch"], "master")
    with w.check("GetFile answers the file"):
        file = git.get_file(repositoryName=NAME, filePath="buildspec.yml")
        has(file, "commitId", "blobId", "filePath", "fileMode", "fileSize", "fileContent")
        same((file["fileContent"], file["fileMode"], file["fileSize"], file["commitId"]), (b"version: 0.2\n", "NORMAL", 13, first["commitId"]))
    w.refuses("PutFile refuses a branch with commits without a parent", "ParentCommitIdRequiredException", git.put_file, repositoryName=NAME, branchName="master", fileContent=b"x", filePath="a")
    w.refuses("PutFile refuses the same content", "SameFileContentException", git.put_file, repositoryName=NAME, branchName="master", parentCommitId=first["commitId"], fileContent=b"version: 0.2\n", filePath="buildspec.yml")
    w.refuses("PutFile refuses a parent that is not there", ("ParentCommitDoesNotExistException", "ParentCommitIdOutdatedException"), git.put_file, repositoryName=NAME, branchName="master", parentCommitId="0" * 40, fileContent=b"x", filePath="a")
    w.refuses("PutFile refuses a path that leaves the repository", "InvalidPathException", git.put_file, repositoryName=NAME, branchName="master", parentCommitId=first["commitId"], fileContent=b"x", filePath="../a")
    with w.check("CreateCommit puts several files at once"):
        second = git.create_commit(repositoryName=NAME, branchName="master", parentCommitId=first["commitId"], commitMessage="second", authorName="A", email="a@example.com", putFiles=[{"filePath": "deploy/appspec.yaml", "fileContent": b"version: 0.0"}, {"filePath": "run.sh", "fileMode": "EXECUTABLE", "fileContent": b"#!/bin/sh"}])
        has(second, "commitId", "treeId", "filesAdded", "filesUpdated", "filesDeleted")
        same(sorted(it["absolutePath"] for it in second["filesAdded"]), ["deploy/appspec.yaml", "run.sh"])
        has(second["filesAdded"][0], "absolutePath", "blobId", "fileMode")
    w.refuses("CreateCommit refuses an outdated parent", "ParentCommitIdOutdatedException", git.create_commit, repositoryName=NAME, branchName="master", parentCommitId=first["commitId"], putFiles=[{"filePath": "x", "fileContent": b"x"}])
    w.refuses("CreateCommit refuses to change nothing", ("FileEntryRequiredException", "NoChangeException"), git.create_commit, repositoryName=NAME, branchName="master", parentCommitId=second["commitId"])
    w.refuses("CreateCommit refuses to delete what is not there", "FileDoesNotExistException", git.create_commit, repositoryName=NAME, branchName="master", parentCommitId=second["commitId"], deleteFiles=[{"filePath": "absent"}])
    with w.check("GetCommit answers tree, parents and message"):
        commit = git.get_commit(repositoryName=NAME, commitId=second["commitId"])["commit"]
        has(commit, "commitId", "treeId", "parents", "message", "author", "committer")
        same((commit["parents"], commit["author"]["name"], commit["author"]["email"]), ([first["commitId"]], "A", "a@example.com"))
        same(commit["message"].rstrip("\n"), "second")
    with w.check("GetFolder lists files and folders"):
        folder = git.get_folder(repositoryName=NAME, folderPath="/")
        has(folder, "commitId", "folderPath", "treeId", "subFolders", "files")
        same([it["absolutePath"] for it in folder["subFolders"]], ["deploy"])
        same(sorted(it["absolutePath"] for it in folder["files"]), ["buildspec.yml", "run.sh"])
    w.refuses("GetFile of a file that is not there", "FileDoesNotExistException", git.get_file, repositoryName=NAME, filePath="absent")
    w.refuses("GetFile of a commit that is not there", ("CommitDoesNotExistException", "InvalidCommitException"), git.get_file, repositoryName=NAME, filePath="run.sh", commitSpecifier="absent")
    w.refuses("GetFolder of a folder that is not there", "FolderDoesNotExistException", git.get_folder, repositoryName=NAME, folderPath="absent")
    w.refuses("GetCommit of a commit that is not there", "CommitIdDoesNotExistException", git.get_commit, repositoryName=NAME, commitId="0" * 40)
    w.refuses("GetCommit of what is no commit id", "InvalidCommitIdException", git.get_commit, repositoryName=NAME, commitId="xyz")
    with w.check("CreateBranch makes a branch of a commit"):
        git.create_branch(repositoryName=NAME, branchName="feature/한글", commitId=first["commitId"])
        branch = git.get_branch(repositoryName=NAME, branchName="feature/한글")["branch"]
        same(branch, {"branchName": "feature/한글", "commitId": first["commitId"]})
        same(sorted(git.list_branches(repositoryName=NAME)["branches"]), ["feature/한글", "master"])
    w.refuses("CreateBranch refuses a branch that is there", "BranchNameExistsException", git.create_branch, repositoryName=NAME, branchName="master", commitId=first["commitId"])
    w.refuses("CreateBranch refuses a commit that is not there", "CommitDoesNotExistException", git.create_branch, repositoryName=NAME, branchName="b", commitId="0" * 40)
    for branch in ("a b", "a..b", "a~1", ".a", "a/", "a.lock", "a@{b"):
        w.refuses(f"CreateBranch refuses the name {branch}", "InvalidBranchNameException", git.create_branch, origin="Git, check-ref-format", repositoryName=NAME, branchName=branch, commitId=first["commitId"])
    w.refuses("GetBranch of a branch that is not there", "BranchDoesNotExistException", git.get_branch, repositoryName=NAME, branchName="absent")
    w.refuses("GetBranch of a repository that is not there", "RepositoryDoesNotExistException", git.get_branch, repositoryName="absent", branchName="master")
    with w.check("PutFile on a branch moves the branch"):
        moved = git.put_file(repositoryName=NAME, branchName="feature/한글", parentCommitId=first["commitId"], fileContent=b"x", filePath="new")
        same(git.get_branch(repositoryName=NAME, branchName="feature/한글")["branch"]["commitId"], moved["commitId"])
        same(git.get_branch(repositoryName=NAME, branchName="master")["branch"]["commitId"], second["commitId"])
    with w.check("UpdateDefaultBranch changes the default branch"):
        git.update_default_branch(repositoryName=NAME, defaultBranchName="feature/한글")
        same(git.get_repository(repositoryName=NAME)["repositoryMetadata"]["defaultBranch"], "feature/한글")
    w.refuses("UpdateDefaultBranch to a branch that is not there", "BranchDoesNotExistException", git.update_default_branch, repositoryName=NAME, defaultBranchName="absent")
    w.refuses("DeleteBranch of the default branch", "DefaultBranchCannotBeDeletedException", git.delete_branch, repositoryName=NAME, branchName="feature/한글")
    with w.check("DeleteBranch answers what it deleted"):
        same(git.delete_branch(repositoryName=NAME, branchName="master")["deletedBranch"], {"branchName": "master", "commitId": second["commitId"]})
    with w.check("DeleteRepository answers the id, and nothing the second time", "DeleteRepository: if the repository was already deleted, a null repository ID is returned"):
        same(git.delete_repository(repositoryName=NAME)["repositoryId"], answer["repositoryId"])
        holds("repositoryId" not in git.delete_repository(repositoryName=NAME), "it answered an id")
