"""`python -m ccconf`."""

from ccconf.cli.main import main

main()
