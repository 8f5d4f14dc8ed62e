"""An emulator of IPTEL's call centre: not made by its vendor, and not IPTEL. Screens alone, since no API is known.

The section "Groups and Rights" follows the vendor's page given to this project: the list, the person's icon and the
question mark beside each group, "Add User Group", the pencil, the trash can, and the refusal to delete a group that is
somebody's only one.

Unverified, because nothing public says so:

- the section of the employees and every field on it
- that deletion asks once more; that employees with other groups only lose the one that is deleted
- what the pages look like, and that the question mark shows the group's roles, whose permissions nobody published
- that a name is needed and is nobody else's
"""

from ccconf.platforms.iptel.emulator.emulator import Emulator
from ccconf.platforms.iptel.emulator.options import Options

__all__ = ["Emulator", "Options"]
