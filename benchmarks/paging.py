"""The floor of a plan over the network: get a token, read all users and departments in pages, decode, build nothing.

Run as a process: `python -m benchmarks.paging URL CLIENT_ID CLIENT_SECRET`. It asks for the same properties in the same
pages as the connection does, and knows nothing of ccconf; `figures` of 3CX compare a plan with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import requests

PAGE = 1000
USERS = {
    "$select": "Id,Number,FirstName,LastName,EmailAddress,Mobile,Language,Enabled,Require2FA,PrimaryGroupId",
    "$expand": "Groups($expand=Rights,GroupRights)",
}
GROUPS = {
    "$select": "Id,Number,Name,Language,TimeZoneId,GloballyVisible,IsDefault,Hours,BreakTime,OverrideHolidays",
    "$expand": "Rights,OfficeHolidays",
}


def pages(session: requests.Session, url: str, options: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
    """Every page of a collection."""
    read, total = 0, 1
    while read < total:
        paging = {"$orderby": "Id", "$top": str(PAGE), "$skip": str(read), "$count": "true"}
        found = session.get(url, params={**options, **paging}, timeout=60).json()
        read, total = read + len(found["value"]), found["@odata.count"]
        yield found["value"]


def main(url: str, client_id: str, client_secret: str) -> int:
    """How many users and departments there are."""
    session = requests.Session()
    session.trust_env = False
    form = {"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
    token = session.post(f"{url}/connect/token", data=form, timeout=60).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    lists = (("Users", USERS), ("Groups", GROUPS))
    return sum(len(page) for name, options in lists for page in pages(session, f"{url}/xapi/v1/{name}", options))


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
