"""The two platforms that most stories of ledgers are about."""

from ccconf.ledger.spot import Spot

OFFICE = Spot("local office.db", "office")
SHOP = Spot("local shop.db", "shop")
