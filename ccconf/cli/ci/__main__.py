"""`python -I -m ccconf.cli.ci COMMAND`: the environment says the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from ccconf.cli.ci import approval, jobs
from ccconf.cli.ci.forge import Forge
from ccconf.cli.ci.github import GitHub
from ccconf.cli.ci.gitlab import GitLab
from ccconf.cli.ci.job import Job, Wishes

BROKEN = 1
COMMANDS: Mapping[str, Callable[[Job], int]] = {
    "validate": jobs.validate,
    "plan": jobs.plan,
    "apply": approval.apply,
    "drift": jobs.drift,
}


def main(args: list[str], env: Mapping[str, str]) -> int:
    """Run one job; the exit code is ccconf's own, but for changes that wait in a pull request, which are no failure."""
    forge = forge_of(env)
    if forge is None or len(args) != 1 or args[0] not in COMMANDS:
        sys.stderr.write(f"usage, in a job of GitHub Actions or GitLab CI: ccconf.cli.ci {'|'.join(COMMANDS)}\n")
        return BROKEN
    try:
        wishes = Wishes.of(env)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return BROKEN
    return COMMANDS[args[0]](Job(forge, wishes))


def forge_of(env: Mapping[str, str]) -> Forge | None:
    """Where the job runs; None where it is neither GitHub nor GitLab."""
    if env.get("GITHUB_ACTIONS") == "true":
        return GitHub(env)
    return GitLab(env) if env.get("CI_API_V4_URL") else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
