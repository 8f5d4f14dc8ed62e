"""An emulator of the internal API of iQChannels: not made by iQStore, and not iQChannels.

Documented, and kept: every call is a POST (file methods excepted), status 200 whatever is answered, the envelope with
OK, Error, Result and Rels, the six error codes, Limit (50 unless said) and Offset without a total, UTC milliseconds,
missing values as type defaults, deletion as a flag, the cookie `user-session`; users of type bot only with the module
Боты, skills only with iQPro, two schedules without it, roles of the system and of segments as two namespaces.

Unverified, because nothing public says so:

- every single path, and the names of all fields but those that the vendor's page of 2017 has (`paths.yaml`)
- that a listing is an array in Result, takes Deleted and Query, and is in the order of ids
- that a change replaces the whole form, so that what is missing becomes a type default
- that an e-mail address is unique, and that one of a deleted user is refused for a new one
- that names of roles are unique over both namespaces (stricter than need be); that what is in use cannot be deleted
- that an unknown path is answered by the web server in front (404), and a wrong method likewise (405)
- that reading needs the level На чтение and writing Администратор, and that to see tokens is as much as writing
- that an avatar is uploaded as base64 in JSON and got by its id, bare
- that AvatarId changes with the picture
"""

from ccconf.emulation import Fault, faults_from
from ccconf.platforms.iqchannels.emulator.emulator import SPECIAL_FAULTS, Emulator
from ccconf.platforms.iqchannels.emulator.options import Options, Seed
from ccconf.platforms.iqchannels.emulator.refusals import Refusal

__all__ = ["SPECIAL_FAULTS", "Emulator", "Fault", "Options", "Refusal", "Seed", "faults_from"]
