"""An emulator of Opa! Suite, its API and its screens: not made by IXC Soft, and not Opa! Suite.

It follows what two independent readers of the vendor's reference report, and the help centre; it is meant to be at
least as strict as the real system. Known by third parties and kept: GET with a JSON body, at least one allowed filter,
a list of users that ignores `skip` and `limit`, one living token, a list of networks that also bounds the token, no way
to delete a department.

Unverified, because nothing public says so:

- that PUT takes the id in the path, and replaces the whole department, so that what is not sent is lost
- what POST and PUT answer; that a new department needs a name and nothing else
- that a doubled name is refused among inactive departments, too; that a department with people cannot be made inactive
- that an inactive user gets 401 and not 403; that an empty list of networks lets everybody in
- the type and value of every field that ccconf does not manage; what a department's satisfaction survey looks like
- that a user's `departamento` is the list of all departments (`Options.one_department` for the other guess)
- the filters of periods (`nome`, `ativo`) and of reasons; that holidays need none; every field of a holiday
- how a shift until midnight and a night shift are written; that a flag is called `terca` and `sabado`
- the form of the import file, and the words with which it is refused
- that the user of the API takes a seat
"""

from ccconf.emulation import Fault, faults_from
from ccconf.platforms.opasuite.emulator.emulator import SPECIAL_FAULTS, Emulator
from ccconf.platforms.opasuite.emulator.options import Options, Seed

__all__ = ["SPECIAL_FAULTS", "Emulator", "Fault", "Options", "Seed", "faults_from"]
