"""The types of objects that the emulator has, as rows of property names.

Names, types and enumerations: the vendor's OpenAPI file (version 20.0.10). Which value a new object starts with is
our guess throughout.
"""

from __future__ import annotations

from ccconf.platforms.threecx.emulator.schema import Shape, shape

PEERS = "None Extension Queue RingGroup IVR Fax Conference SpecialMenu Parking ExternalLine Group RoutePoint"
TAGS = "MS Teams Google WakeUp FaxServer Principal WeakID WeakPass WM AI"
DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"
TRANSCRIPTION = "Nothing Voicemail Recordings Both Inherit"
AUTHENTICATION = "Both Name Email None"
VOICEMAIL_MAIL = "None Notification Attachment AttachmentAndDelete VmailToMembers EmailToExtrasOnly"
HOURS_KINDS = (
    "AllHours OfficeHours OutOfOfficeHours SpecificHours SpecificHoursExcludingHolidays OutOfSpecificHours"
    " OutOfSpecificHoursIncludingHolidays Never BreakTime"
)
DESTINATIONS = (
    "None VoiceMail Extension Queue RingGroup IVR External Fax Boomerang Deflect VoiceMailOfDestination Callback"
    " RoutePoint ProceedWithNoExceptions"
)
STRATEGIES = (
    "Hunt RingAll HuntRandomStart NextAgent LongestWaiting LeastTalkTime FewestAnswered HuntBy3s First3Available"
    " SkillBasedRouting_RingAll SkillBasedRouting_HuntRandomStart SkillBasedRouting_RoundRobin"
    " SkillBasedRouting_FewestAnswered"
)
_PEER = {
    "flags": " CallUsEnableChat CallUsEnablePhone CallUsEnableVideo",
    "strings": " ClickToCallId Number",
}

_RIGHTS = (
    "AllowIVR AllowParking AllowToChangePresence AllowToManageCompanyBook AssignClearOperations CanBargeIn CanIntercom"
    " CanSeeGroupCalls CanSeeGroupMembers CanSeeGroupRecordings PerformOperations ShowMyCalls ShowMyPresence"
    " ShowMyPresenceOutside"
)
FLAGS_OF_RIGHTS = tuple(_RIGHTS.split())
RIGHTS = shape("Rights", strings="RoleName!", flags=f"{_RIGHTS} Invalid", set_by_server="Invalid")
PERIOD = shape("Period", times="Start Stop", enums={"DayOfWeek": DAYS})
SCHEDULE = shape("Schedule", flags="IgnoreHolidays", enums={"Type!": HOURS_KINDS}, parts={"Periods[]": PERIOD})
MEMBERSHIP = shape(
    "UserGroup",
    strings="MemberName Name Number",
    flags="CanDelete",
    integers="GroupId Id",
    enums={"TranscriptionMode": TRANSCRIPTION, "Type": PEERS},
    enum_lists={"Tags": TAGS},
    links={"Rights": RIGHTS, "GroupRights": RIGHTS},
    set_by_server="MemberName Name CanDelete Id Tags Type TranscriptionMode",
)
_UNKNOWN = Shape("Unserved", {})
"""Stands for what the emulator lists as empty and does not let anybody write."""

USER = shape(
    "User",
    strings="AccessPassword AuthID AuthPassword Blfs ContactImage CurrentProfileName DeskphonePassword DisplayName"
    " EmailAddress EmergencyAdditionalInfo EmergencyLocationId FirstName HotdeskingAssignment Language LastName Mobile"
    " OutboundCallerID PromptSet SIPID VMPIN WebMeetingFriendlyName" + _PEER["strings"],
    flags="AIAgent AllowLanOnly AllowOwnRecordings BlockTunnel CallScreening DatevEnabled Enable2FA Enabled"
    " EnableHotdesking ForbidRecording GoogleCalendarEnabled GoogleContactsEnabled GoogleSignInEnabled HideInPhonebook"
    " Internal IsRegistered MS365CalendarEnabled MS365ContactsEnabled MS365SignInEnabled MS365TeamsEnabled"
    " MyPhoneAllowDeleteRecordings MyPhoneHideForwardings MyPhonePush MyPhoneShowRecordings PbxDeliversAudio"
    " PinProtected RecordCalls RecordEmailNotify RecordExternalCallsOnly Require2FA SendEmailMissedCalls"
    " VMDisablePinAuth VMEnabled VMPlayCallerID WebMeetingApproveParticipants" + _PEER["flags"],
    integers="PinProtectTimeout PrimaryGroupId Id!",
    enums={
        "QueueStatus": "LoggedOut LoggedIn",
        "SRTPMode": "SRTPDisabled SRTPEnabled SRTPEnforced",
        "VMEmailOptions": VOICEMAIL_MAIL,
        "VMPlayMsgDateTime": "None Play12Hr Play24Hr",
        "CallUsRequirement": AUTHENTICATION,
        "TranscriptionMode": TRANSCRIPTION,
    },
    enum_lists={
        "Tags": TAGS,
        "OfficeHoursProps": "GlobalSchedule AutoSwitchProfiles AutoQueueLogOut BlockOutboundCalls",
    },
    parts={"Hours": SCHEDULE, "BreakTime": SCHEDULE, "AgentSettings": _UNKNOWN},
    links={
        "Groups[]": MEMBERSHIP,
        "ForwardingExceptions[]": _UNKNOWN,
        "ForwardingProfiles[]": _UNKNOWN,
        "Greetings[]": _UNKNOWN,
        "Phones[]": _UNKNOWN,
    },
    set_by_server="Id IsRegistered Tags",
)

DESTINATION = shape(
    "Destination",
    strings="External Name Number",
    enums={"To": DESTINATIONS, "Type": PEERS},
    enum_lists={"Tags": TAGS},
)
ROUTE = shape("Route", flags="IsPromptEnabled", strings="Prompt", parts={"Route": DESTINATION})
PROPS = shape(
    "GroupProps",
    strings="Fqdn ResellerId ResellerName StartupOwnerEmail Subscription SubscriptionType SystemNumberFrom"
    " SystemNumberTo TrunkNumberFrom TrunkNumberTo UserNumberFrom UserNumberTo",
    integers="DectMaxCount DepartmentContactsMaxCount LiveChatMaxCount OutboundRulesMaxCount PersonalContactsMaxCount"
    " PromptsMaxCount SbcMaxCount TrunksMaxCount",
    moments="SubcriptionExpireDate",
    enums={"StartupLicense": "Free Pro"},
)
HOLIDAY = shape(
    "Holiday",
    strings="Name! Group HolidayPrompt",
    flags="IsRecurrent",
    integers="Id! Year! YearEnd!",
    bytes_="Day! Month! DayEnd! MonthEnd!",
    durations="TimeOfStartDate! TimeOfEndDate!",
    set_by_server="Id",
)
GROUP = shape(
    "Group",
    strings="CustomPrompt Language MusicOnHold Name PromptSet TimeZoneId" + _PEER["strings"],
    flags="AllowCallService DisableCustomPrompt GloballyVisible HasMembers IsDefault OverrideHolidays" + _PEER["flags"],
    integers="AnswerAfter Id!",
    moments="LastLoginTime OverrideExpiresAt",
    enums={
        "CurrentGroupHours": "Default ForceOpened ForceClosed ForceBreak ForceCustomOperator ForceHoliday"
        " HasForcedMask",
        "CallUsRequirement": AUTHENTICATION,
        "TranscriptionMode": TRANSCRIPTION,
    },
    enum_lists={"CallHandlingMode": "WelcomeMessageForIncomingCalls HoldCall"},
    parts={
        "Hours": SCHEDULE,
        "BreakTime": SCHEDULE,
        "BreakRoute": ROUTE,
        "HolidaysRoute": ROUTE,
        "OfficeRoute": ROUTE,
        "OutOfOfficeRoute": ROUTE,
        "CustomOperator": DESTINATION,
        "Props": PROPS,
    },
    links={"Members[]": MEMBERSHIP, "Rights[]": RIGHTS, "OfficeHolidays[]": HOLIDAY, "Groups[]": MEMBERSHIP},
    set_by_server="Id IsDefault HasMembers LastLoginTime Groups",
)
OFFICE_HOURS = shape(
    "OfficeHours",
    strings="SystemLanguage TimeZoneId",
    parts={"Hours": SCHEDULE, "BreakTime": SCHEDULE},
    links={"OfficeHolidays[]": HOLIDAY},
)

AGENT = shape(
    "QueueAgent",
    strings="Name Number! SkillGroup",
    integers="Id",
    enum_lists={"Tags": TAGS},
    set_by_server="Id Name Tags",
)
MANAGER = shape(
    "QueueManager", strings="Name Number!", integers="Id", enum_lists={"Tags": TAGS}, set_by_server="Id Name Tags"
)
QUEUE = shape(
    "Queue",
    strings="CallbackOfferPrompt CallbackPrefix DestinationNoAnswerPrompt GreetingFile IntroFile Name OnHoldFile"
    " PromptSet VMEmailList" + _PEER["strings"],
    flags="AgentAvailabilityMode AnnounceEstimatedWaitTime AnnounceQueuePosition CallbackOfferOnly"
    " ComfortPromptsEnabled EnableIntro IsRegistered MaxWaitStrategyEnabled PlayFullPrompt PriorityQueue"
    " ResetStatisticsScheduleEnabled SkillBasedRingAllCumulativePollingEnabled StopBackgroundWhenPrompt"
    + _PEER["flags"],
    integers="AnnounceEstimatedWaitTimeInterval AnnouncementInterval AutoLogoutMissedCalls CallbackEnableTime"
    " ComfortPromptsInterval MasterTimeout MaxCallersInQueue RingTimeout SLATime WrapUpTime Id!",
    string_lists="ComfortPrompts",
    integer_lists="MaxWaitTimeSkillGroupValues",
    enums={
        "PollingStrategy": STRATEGIES,
        "Recording": "Disabled AllowToOptOut AskToOptIn",
        "TypeOfChatOwnershipType": "TakeManually AutoAssign",
        "VMEmailOptions": VOICEMAIL_MAIL,
        "CallUsRequirement": AUTHENTICATION,
        "TranscriptionMode": TRANSCRIPTION,
    },
    enum_lists={"NotifyCodes": "Callback CallbackFail SLATimeBreached CallLost AgentAutoLogout"},
    parts={
        "BreakRoute": ROUTE,
        "HolidaysRoute": ROUTE,
        "OutOfOfficeRoute": ROUTE,
        "ForwardNoAnswer": DESTINATION,
        "ResetQueueStatisticsSchedule": _UNKNOWN,
    },
    links={"Agents[]": AGENT, "Managers[]": MANAGER, "Groups[]": MEMBERSHIP},
    set_by_server="Id IsRegistered",
)

RESTRICTIONS = shape(
    "ConsoleRestrictions",
    strings="Id! MyIpAddress",
    flags="AccessRestricted",
    string_lists="IpWhitelist",
    set_by_server="Id MyIpAddress",
)
BLOCKED = shape(
    "BlocklistAddr",
    strings="Description IPAddrMask",
    integers="Id!",
    moments="ExpiresAt",
    enums={"AddedBy": "Manual Mcu Webmeeting AutoBlacklist Whitelist", "BlockType": "Block Allow"},
    set_by_server="Id AddedBy",
)
TIME_ZONE = shape("TimeZone", strings="Id! IanaName! Name! WindowsName!")
DEFS = shape(
    "Defs",
    integers="Id!",
    links={
        "TimeZones[]": TIME_ZONE,
        "Codecs[]": _UNKNOWN,
        "GatewayParameters[]": _UNKNOWN,
        "GatewayParameterValues[]": _UNKNOWN,
    },
)
LICENCE = shape(
    "LicenseStatus",
    strings="AdminEMail CompanyName ContactName CountryCode CountryName EMail LicenseKey! ProductCode ResellerName"
    " Telephone Version",
    flags="Activated LicenseActive Support",
    integers="MaxSimCalls SimMeetingParticipants",
    moments="ExpirationDate MaintenanceExpiresAt",
    string_lists="ActiveModules",
)
STATUS = shape(
    "SystemStatus",
    strings="AvailableLocalIps CurrentLocalIp FQDN Ip IpV4 IpV6 LicenseKey ProductCode ResellerName Version",
    flags="Activated BackupScheduled HasNotRunningServices LicenseActive IsAuditLogEnabled Support",
    integers="CallsActive DiskUsage ExtensionsRegistered ExtensionsTotal Id! MaxSimCalls MaxUserExtensions TrunksTotal"
    " UserExtensions",
    moments="ExpirationDate",
    enums={"OS": "Other Linux Windows"},
)
AUDIT = shape(
    "AuditLog",
    strings="Ip NewData ObjectName PrevData UserName",
    integers="Action Id! ObjectType Source",
    moments="Timestamp",
)
