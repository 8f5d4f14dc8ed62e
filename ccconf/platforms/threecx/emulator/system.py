"""What the system says of itself: licence, status, definitions, its own hours, and who changed what.

The product code and the meaning of the licence flags for each edition are unverified.
"""

from __future__ import annotations

from ccconf.platforms.threecx.emulator import holidays
from ccconf.platforms.threecx.emulator.filters import Sql
from ccconf.platforms.threecx.emulator.listing import Row, Rows, given
from ccconf.platforms.threecx.emulator.objects import AUDIT, LICENCE, OFFICE_HOURS, STATUS, TIME_ZONE
from ccconf.platforms.threecx.emulator.office import NO_CONTENT, Call, Office, Reply, merged
from ccconf.platforms.threecx.emulator.zones import ZONES, checked_zone

KIND = 7
"""The audit log's number for the system's hours; a guess."""
_PRODUCTS = {"free": "3CXFREE", "pro": "3CXPRO", "enterprise": "3CXENT", "enterprise-plus": "3CXENTPLUS"}
_KEY = "FAKE-FAKE-FAKE-FAKE"
_EXPIRES = "2099-12-31T00:00:00Z"


def licence(office: Office, _: Call) -> Row:
    """LicenseStatus."""
    return {
        **LICENCE.blank(),
        "Activated": True,
        "LicenseActive": True,
        "LicenseKey": _KEY,
        "ProductCode": _PRODUCTS[office.options.edition],
        "MaxSimCalls": office.calls,
        "ExpirationDate": _EXPIRES,
        "MaintenanceExpiresAt": _EXPIRES,
        "CompanyName": "An emulated company",
        "Support": False,
        "Version": office.options.version,
    }


def status(office: Office, _: Call) -> Row:
    """SystemStatus."""
    (users,) = office.store.one("SELECT count(*) FROM users")
    (queues,) = office.store.one("SELECT count(*) FROM queues")
    return {
        **STATUS.blank(),
        "Activated": True,
        "LicenseActive": True,
        "LicenseKey": _KEY,
        "ProductCode": _PRODUCTS[office.options.edition],
        "FQDN": "emulator.invalid",
        "OS": "Linux",
        "IsAuditLogEnabled": True,
        "CallsActive": 0,
        "ExpirationDate": _EXPIRES,
        "ExtensionsRegistered": 0,
        "ExtensionsTotal": users + queues,
        "MaxSimCalls": office.calls,
        "MaxUserExtensions": office.cap,
        "UserExtensions": users,
        "Version": office.options.version,
    }


def definitions(_: Office, __: Call) -> Row:
    """Defs. What a client mostly wants of it is the version in the header."""
    return {"Id": 0, "TimeZones": ZONES}


def zones(_: Call) -> Rows:
    """Defs/TimeZones."""
    return given(TIME_ZONE, ZONES)


def parameters(office: Office, _: Call) -> Reply:
    """Defs/Pbx.GetSystemParameters()."""
    edition = office.options.edition
    return Reply(
        200,
        {
            "FQDN": "emulator.invalid",
            "GlobalLanguage": "EN",
            "IsHosted": False,
            "IsMulticompanyMode": office.options.multicompany,
            "License": {
                "CountryCode": None,
                "IsBrandingEnabled": False,
                "IsCfdEnabled": edition != "free",
                "IsEnterprise": edition.startswith("enterprise"),
                "IsMaintainceExpired": False,
                "IsProfessional": edition == "pro",
                "MaxSimCalls": office.calls,
                "ProductCode": _PRODUCTS[edition],
            },
            "Version": office.options.version,
        },
        "Pbx.SystemParameters",
    )


def hours(office: Office, _: Call) -> Row:
    """OfficeHours."""
    return {**office.store.single("OfficeHours"), "OfficeHolidays": holidays.of_system(office.store)}


def change_hours(office: Office, call: Call) -> Reply:
    """PATCH /OfficeHours."""
    fields = office.silenced(OFFICE_HOURS, call.fields(OFFICE_HOURS))
    days = fields.pop("OfficeHolidays", None)
    before = office.store.single("OfficeHours")
    after = merged(before, fields)
    if "TimeZoneId" in fields:
        checked_zone(fields["TimeZoneId"])
    office.store.put_single("OfficeHours", after)
    if days is not None:
        holidays.replace_all(office, holidays.SYSTEM, days)
    office.note(call, KIND, "OfficeHours", before, after)
    return NO_CONTENT


def audit(_: Call) -> Rows:
    """ReportAuditLog/Pbx.GetAuditLogData(): who changed what, and when."""
    return Rows(AUDIT, Sql("audit"), searched=("ObjectName", "UserName"))
