"""An emulator of the configuration API of 3CX version 20: not made by 3CX, and not 3CX.

It follows the vendor's OpenAPI file (20.0.10), the vendor's tutorial, and what integrators report; the certainty of
each rule stands with its facts. It is meant to be at least as strict as the real system, and as unforgiving.

Unverified, because nothing public says so:

- which warning code answers which mistake, and the status (400) of a broken rule; 403 for a role that is too low
- that a doubled e-mail address or name of a department is refused; that a number is 2 to 10 digits
- that a member's value which equals the template is no override; that a role which a PATCH of the templates leaves out
  returns to the factory's; the factory's templates themselves
- that whoever leaves the last department falls back to the default one, and that the primary department follows
- that queues are members of departments, of type `Queue` and without rights
- what `UserGroup.Id`, `Name` and `CanDelete` are
- that a department's quota of users is its range of numbers, and that a new user's number must lie in it
- that a part such as `Hours` is merged by a PATCH, while the lists in it are replaced
- the ids of time zones; how a holiday names its department; the product codes; the numbers in the audit log
- that strings compare with their case; the order of a list without `$orderby` (by id here)
- how many users an edition without a published row may have, and what a new object starts with
- that a caller with a department's role sees that department alone, and nothing of the whole system

Known of the real system and kept: collections are replaced as a whole, numbers never change, one live token a client,
no next link, no optimistic locking, an address list that locks its author out, properties that a PATCH ignores
(`Options.silent`).
"""

from ccconf.emulation import Fault, faults_from
from ccconf.platforms.threecx.emulator.emulator import SPECIAL_FAULTS, Emulator
from ccconf.platforms.threecx.emulator.options import Options, Seed
from ccconf.platforms.threecx.emulator.refusals import Refusal, Warn

__all__ = ["SPECIAL_FAULTS", "Emulator", "Fault", "Options", "Refusal", "Seed", "Warn", "faults_from"]
