"""The shipped policy says what is known about Penelope: schedule, databases, features, effects, support."""

from __future__ import annotations

from datetime import time

from penelope_admin.policy import Policy, Sourced
from tests.each import each

WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


@each(
    "region, zone, day_offset, starts, ends",
    [
        ("AU", "Australia/Sydney", -1, time(9), time(14)),
        ("NZ", "Pacific/Auckland", -1, time(9), time(14)),
        ("CA", "America/Toronto", 0, time(21), time(1)),
        ("GB", "Europe/London", 0, time(21), time(1)),
        ("US", "America/New_York", 0, time(21), time(1)),
    ],
)
def test_each_region_has_the_day_and_hours_of_the_faq(
    policy: Policy, region: str, zone: str, day_offset: int, starts: time, ends: time
) -> None:
    found = policy.region[region]
    assert (found.default_zone, found.day_offset, found.starts, found.ends) == (zone, day_offset, starts, ends)
    assert found.source == "FAQ"


def test_there_are_no_other_regions(policy: Policy) -> None:
    assert [region.key for region in policy.regions] == ["AU", "NZ", "CA", "GB", "US"]


def test_the_schedule_is_the_second_saturday_in_eastern_time_with_three_hours_of_outage(policy: Policy) -> None:
    schedule = policy.schedule
    assert (schedule.anchor_weekday, schedule.anchor_occurrence) == ("saturday", 2)
    assert schedule.source_zone == "America/New_York"
    assert schedule.outage_hours == 3
    assert (schedule.source, schedule.reading_source) == ("FAQ", "OURS")


def test_months_that_can_be_read_in_two_ways_are_to_be_confirmed(policy: Policy) -> None:
    rules = {(rule.month_starts_on, frozenset(rule.regions)) for rule in policy.confirm_rules}
    assert rules == {("sunday", frozenset({"AU", "NZ", "CA", "GB", "US"})), ("saturday", frozenset({"AU", "NZ"}))}
    assert {rule.source for rule in policy.confirm_rules} == {"OURS"}


def test_there_are_six_environments(policy: Policy) -> None:
    assert list(policy.environment) == ["production", "preview", "training-a", "training-b", "migration", "mirrored"]


def test_only_production_is_never_refreshed_and_always_there(policy: Policy) -> None:
    assert [key for key, environment in policy.environment.items() if not environment.refreshable] == ["production"]
    assert [key for key, environment in policy.environment.items() if not environment.optional] == ["production"]


def test_training_a_and_training_b_exclude_each_other(policy: Policy) -> None:
    excludes = {key: environment.excludes for key, environment in policy.environment.items() if environment.excludes}
    assert excludes == {"training-a": ("training-b",), "training-b": ("training-a",)}


@each(
    "environment, initially, after_refresh, after_upgrade",
    [
        ("production", "real", "real", "real"),
        ("preview", "unknown", "real", "unknown"),
        ("training-a", "de-identified", "de-identified", "de-identified"),
        ("training-b", "de-identified", "de-identified", "de-identified"),
        ("migration", "unknown", "real", "unknown"),
        ("mirrored", "unknown", "real", "de-identified"),
    ],
)
def test_de_identification_is_promised_only_for_training_copies_and_after_an_upgrade_of_the_mirror(
    policy: Policy, environment: str, initially: str, after_refresh: str, after_upgrade: str
) -> None:
    rule = policy.environment[environment].contact_details
    assert (rule.initially, rule.after_refresh, rule.after_upgrade) == (initially, after_refresh, after_upgrade)


# Facts 3: the table of what may be switched on again.
AVAILABILITY = {
    "external-communications": ("re-enableable", "high"),
    "external-communications.sms": ("re-enableable", "high"),
    "external-communications.client-delivery": ("re-enableable", "high"),
    "external-communications.worker-delivery": ("re-enableable", "elevated"),
    "ms-exchange": ("re-enableable", "high"),
    "action-triggers": ("re-enableable", "high"),
    "general-ledger": ("re-enableable", "elevated"),
    "ors-srs": ("not-listed", None),
    "credit-card": ("not-listed", None),
    "dss": ("not-listed", None),
    "clientconnect": ("locked", None),
    "engage": ("locked", None),
}


def test_there_are_twelve_features_with_their_availability_and_risk(policy: Policy) -> None:
    found = {key: (feature.availability, feature.phi_risk) for key, feature in policy.feature.items()}
    assert found == AVAILABILITY


def test_features_are_switched_in_the_mirrored_database_only(policy: Policy) -> None:
    for key, (availability, _) in AVAILABILITY.items():
        expected = ("mirrored",) if availability == "re-enableable" else ()
        assert policy.feature[key].environments == expected, key


def test_external_communications_has_three_parts(policy: Policy) -> None:
    parts = [feature.key for feature in policy.features if feature.part_of == "external-communications"]
    assert [key.removeprefix("external-communications.") for key in parts] == [
        "sms",
        "client-delivery",
        "worker-delivery",
    ]


def test_everything_is_off_after_an_upgrade(policy: Policy) -> None:
    assert all(feature.after_upgrade.startswith("Off") for feature in policy.features)


def test_what_loses_credentials_or_queues_says_so(policy: Policy) -> None:
    cleared = {key for key, feature in policy.feature.items() if "cleared" in feature.after_upgrade}
    assert cleared == {"ms-exchange", "action-triggers", "ors-srs", "credit-card", "dss"}
    assert "deleted" in policy.feature["clientconnect"].after_upgrade


def test_only_the_ledger_and_the_unlisted_do_without_contact_details(policy: Policy) -> None:
    without = {key for key, feature in policy.feature.items() if not feature.uses_contact_details}
    assert without == {"general-ledger", "ors-srs", "credit-card", "dss"}


def test_what_may_be_re_enabled_has_steps_there_and_back_that_warn_of_production(policy: Policy) -> None:
    for feature in policy.features:
        if feature.availability == "re-enableable":
            for steps in (feature.steps, feature.steps_off):
                assert steps[0].startswith("Sign in to {environment} as a System Administrator.")
                assert "not Production" in steps[0]
                assert steps[1].startswith("Open System Setup, then ")
                assert len(steps) > 2
            assert feature.steps != feature.steps_off


def test_the_ratings_are_said_to_be_ours(policy: Policy) -> None:
    assert policy.ratings.source == "OURS"
    assert "not the vendor's" in policy.ratings.note
    assert policy.ratings.screens_source == "HELP"


EFFECTS = [
    ("Client email", "telephone", "de-identified"),
    ("Worker email", "SMS", "de-identified", "except", "System Admin", "External Admin", "ACSO"),
    ("Worker accounts", "Admin Exec", "Clinical Worker", "Intake Mgmt", "Volunteer", "deactivated"),
    ("communications queue", "client", "external", "empty"),
    ("MS Exchange", "queue", "error queue", "credentials", "cleared"),
    ("Action Trigger queue",),
    ("ORS/SRS credentials",),
    ("production credentials", "credit card"),
    ("DSS production queue", "synchronization"),
    ("ClientConnect notifications", "accounts", "product keys", "deleted"),
    ("Engage client communications", "Workflows", "deactivated"),
    ("Attachments",),
    ("agency logo",),
    ("logo", "billing documents"),
    (
        "External Communications",
        "MS Exchange",
        "Action Triggers",
        "ORS/SRS",
        "Credit Card",
        "DSS",
        "ClientConnect",
        "Engage",
        "General Ledger",
        "are off",
    ),
]


def test_it_is_asked_after_a_window_of_what_is_upgraded_with_or_after_production(policy: Policy) -> None:
    asked = [environment.key for environment in policy.environments if environment.asked_after_window]
    assert asked == ["training-b", "migration", "mirrored"]


def test_action_triggers_and_external_communications_are_the_one_dangerous_combination(policy: Policy) -> None:
    (combination,) = policy.combinations
    assert set(combination.features) == {"action-triggers", "external-communications"}
    assert combination.source == "OURS"


def test_data_can_prove_the_two_effects_about_contact_details(policy: Policy) -> None:
    assert [effect.number for effect in policy.effects if effect.proven_by_data] == [1, 2]


def test_there_are_fifteen_effects_of_an_upgrade_in_the_order_of_the_source(policy: Policy) -> None:
    effects = policy.effects_after("upgrade")
    assert [effect.number for effect in effects] == list(range(1, 16))
    for effect, words in zip(effects, EFFECTS, strict=True):
        assert all(word in effect.text for word in words), effect
        assert effect.source == "MIRROR"


def test_after_a_refresh_four_things_are_looked_at_which_is_our_inference_and_not_the_vendor_s(policy: Policy) -> None:
    effects = policy.effects_after("refresh")
    assert [(effect.number, effect.guards) for effect in effects] == [
        (1, ("external-communications",)),
        (2, ("ms-exchange",)),
        (3, ("ms-exchange",)),
        (4, ("action-triggers",)),
    ]
    for effect, words in zip(
        effects,
        (("communications queue",), ("MS Exchange queue", "error queue"), ("credentials",), ("Action Trigger queue",)),
        strict=True,
    ):
        assert all(word in effect.text for word in words)
        assert effect.check
    assert {effect.source for effect in effects} == {policy.checking.source} == {"OURS"}
    assert "our inference" in policy.checking.queues


def test_a_step_that_is_our_advice_says_so(policy: Policy) -> None:
    steps = [step for feature in policy.features for step in (*feature.steps, *feature.steps_off)]
    for words in ("check twice", "test ledger", "yourself only", "your own number only", "leave "):
        found = [step for step in steps if words in step]
        assert found
        assert all("Our advice: " in step for step in found), words


def test_the_descriptions_of_the_features_are_said_to_be_ours(policy: Policy) -> None:
    assert policy.ratings.meanings_source == "OURS"
    assert "our description" in policy.ratings.meanings_note


def test_how_to_look_is_said_to_be_our_advice(policy: Policy) -> None:
    assert "own advice" in policy.checking.note


def test_the_vendor_is_never_said_not_to_publish_what_our_copies_lost(policy: Policy) -> None:
    channels = {channel.key: channel for channel in policy.channels}
    assert "gives an address" in channels["email"].rules[0]
    for key in ("email", "portal"):
        (note,) = channels[key].also
        assert note.source == "OURS"
        assert "lost the address" in note.text


def test_that_client_details_stay_out_of_the_chat_is_said_by_the_help_centre(policy: Policy) -> None:
    chat = next(channel for channel in policy.channels if channel.key == "chat")
    (note,) = chat.also
    assert (note.text, note.source) == ("Never write client details into a chat.", "HELP")
    assert not any("client" in rule for rule in chat.rules)


def test_the_telephone_is_for_legacy_packages_and_how_that_is_read_is_ours(policy: Policy) -> None:
    phone = next(channel for channel in policy.channels if channel.key == "phone")
    assert phone.for_package == "legacy"
    assert (phone.source, [note.source for note in phone.also]) == ("SUPPORT", ["OURS"])
    assert not any("New calls" in rule for rule in phone.rules)


def test_production_is_upgraded_as_required_as_its_source_says(policy: Policy) -> None:
    assert (policy.environment["production"].upgraded, policy.environment["production"].source) == (
        "As required", "MIRROR",
    )  # fmt: skip


def test_the_clocks_have_the_words_of_the_source(policy: Policy) -> None:
    labels = {team.key: [hours.zone_label for hours in team.hours] for team in policy.support_teams}
    assert labels == {"support": ["EST"], "support-au": ["AEST"], "chat": ["EST", "AEST"]}
    assert policy.schedule.source_zone_label == "ET"


def test_the_user_groups_are_those_of_the_source(policy: Policy) -> None:
    assert policy.user_groups.keep_real_addresses == ("System Admin", "External Admin", "ACSO")
    assert policy.user_groups.deactivated == ("Admin Exec", "Clinical Worker", "Intake Mgmt", "Volunteer")


@each(
    "key, hours",
    [
        ("support", [("America/New_York", time(8), time(20))]),
        ("support-au", [("Australia/Sydney", time(9), time(17))]),
        ("chat", [("America/New_York", time(9), time(17)), ("Australia/Sydney", time(13), time(16))]),
    ],
)
def test_each_support_team_has_its_hours_from_monday_to_friday(
    policy: Policy, key: str, hours: list[tuple[str, time, time]]
) -> None:
    team = next(team for team in policy.support_teams if team.key == key)
    assert [(opening.zone, opening.opens, opening.closes) for opening in team.hours] == hours
    assert team.days == WORKING_DAYS


def test_each_stretch_of_hours_follows_the_holidays_of_one_team(policy: Policy) -> None:
    followed = {team.key: [hours.holidays_of for hours in team.hours] for team in policy.support_teams}
    assert followed == {"support": ["support"], "support-au": ["support-au"], "chat": ["support", "support-au"]}
    assert [team.key for team in policy.holiday_teams] == ["support", "support-au"]
    assert [(team.key, team.holidays_source) for team in policy.support_teams if team.holidays_note] == [
        ("chat", "OURS")
    ]


def test_hours_are_compared_with_an_office_day_which_is_our_own_yardstick(policy: Policy) -> None:
    working = policy.working_day
    assert (working.starts, working.ends, working.days) == (time(9), time(17), WORKING_DAYS)
    assert working.source == "OURS"


def test_the_four_severities_are_told_from_the_help_centre(policy: Policy) -> None:
    assert [severity.key for severity in policy.severities] == ["S1", "S2", "S3", "S4"]
    assert {(severity.source, severity.article) for severity in policy.severities} == {
        ("HELP", "Defect Severity Levels")
    }
    assert [len(severity.examples) for severity in policy.severities] == [3, 2, 3, 0]
    assert "Examples: The whole system is down." in policy.severities[0].sentences
    assert "Examples" not in policy.severities[3].sentences


@each(
    "kind, words",
    [
        ("covered", ["supported version", "supported browser", "unaltered"]),
        ("covered", ["General questions"]),
        ("covered", ["Basic advice"]),
        ("covered", ["cannot be undone", "locking documents"]),
        ("covered", ["One reset", "administrator's password"]),
        ("covered", ["help centre"]),
        ("covered", ["around the clock"]),
        ("covered", ["upgrades"]),
        ("covered", ["ODBC accounts", "each person", "concurrent licences"]),
        ("covered", ["ports", "firewalls"]),
        ("not-covered", ["unsupported version"]),
        ("not-covered", ["from beginning to end"]),
        ("not-covered", ["help centre describes in full"]),
        ("not-covered", ["whole organisation"]),
        ("not-covered", ["second reset"]),
        ("not-covered", ["Unlocking"]),
        ("not-covered", ["user defined fields"]),
        ("not-covered", ["tables through an ODBC account", "SQL"]),
        ("not-covered", ["backups", "Tableau"]),
        ("not-covered", ["self-hosted", "own servers"]),
        ("not-covered", ["Exchange server"]),
        ("not-covered", ["ODBC accounts that several people share", "source addresses"]),
        ("not-covered", ["$250"]),
        ("professional-services", ["account manager"]),
    ],
)
def test_what_support_covers_is_told(policy: Policy, kind: str, words: list[str]) -> None:
    assert any(entry.kind == kind and all(word in entry.text for word in words) for entry in policy.coverage)


def test_no_target_is_made_up_for_cases_that_are_not_critical(policy: Policy) -> None:
    assert "give no time" in policy.critical.other_cases
    assert policy.critical.other_cases_source == "OURS"


def test_there_are_six_channels_with_the_published_numbers(policy: Policy) -> None:
    numbers = {channel.key: channel.number for channel in policy.channels}
    assert numbers == {
        "chat": None,
        "portal": None,
        "email": None,
        "scheduled-call": None,
        "phone": "(866) 732-3560 ext. 2, then 2",
        "emergency": "1-469-874-0792 ext. 3",
    }


def test_a_channel_s_number_is_put_into_its_sentences(policy: Policy) -> None:
    phone = next(channel for channel in policy.channels if channel.key == "phone")
    assert phone.sentences[-1] == "With a case number you already have, call (866) 732-3560 ext. 2, then 2."


def test_a_critical_case_has_its_definition_target_and_cost(policy: Policy) -> None:
    critical = policy.critical
    assert len(critical.characteristics) == 3
    assert (critical.target_response_hours, critical.subject_word) == (2, "Critical")
    assert (critical.false_alarm_charge_usd, critical.charge_source) == (250, "HELP")


@each(
    "topic, words",
    [
        ("upgrades", ["second weekend", "same days", "upgrade"]),
        ("upgrades", ["Friday 09:00 to 14:00 ET", "Saturday 21:00 to 01:00 ET"]),
        ("upgrades", ["notice", "email or inside Penelope", "Support"]),
        ("upgrades", ["three hours", "troubleshooting", "going back"]),
        ("upgrades", ["old version is not possible"]),
        ("upgrades", ["nothing extra"]),
        ("upgrades", ["Release notes"]),
        ("upgrades", ["preview, training, migration and mirrored", "a ticket of its own"]),
        ("emergency", ["extreme slowness, bad data or a security risk"]),
        ("emergency", ["told the window", "expected downtime"]),
        ("emergency", ["Opting out", "not possible", "notice ahead", "outside business hours"]),
        ("upgrades", ["even to services that work around the clock"]),
        ("mirror", ["duplicate of production"]),
        ("mirror", ["Tailored Services", "scripts"]),
        ("databases", ["Production", "monthly window"]),
        ("databases", ["migration database", "said to", "Confirm it"]),
        ("databases", ["training option A", "attachments", "Confirm it"]),
        ("support", ["08:00 to 20:00 EST"]),
        ("support", ["09:00 to 17:00 AEST"]),
        ("support", ["support package", "telephone hours"]),
        ("readings", ["EST", "New York's clock", "AEST", "Sydney's", "an hour"]),
        ("readings", ["lost", "email address", "portal", "release notes"]),
        ("mirror", ["only what the project needs", "PHI"]),
        ("mirror", ["ClientConnect and Engage cannot be enabled"]),
        ("databases", ["option A or option B, not both"]),
        ("databases", ["SQL (ODBC)"]),
        ("cases", ["number", "automatically", "stays open"]),
        ("cases", ["different question is a new case"]),
        ("cases", ["defect"]),
        ("cases", ["S1 to S4"]),
        ("cases", ["steps", "again"]),
        ("cases", ["never estimated", "progress"]),
        ("support", ["holidays or trouble"]),
        ("support", ["pictures of the screen", "no Excel, Word or PDF"]),
        ("support", ["status page"]),
        ("critical", ["data corruption", "hangs", "two hours"]),
        ("critical", ["portal ticket", 'the word "Critical"', "voicemail at 1-469-874-0792 ext. 3"]),
        ("critical", ["around the clock", "$250"]),
    ],
)
def test_what_the_vendor_says_is_among_the_statements(policy: Policy, topic: str, words: list[str]) -> None:
    assert any(
        statement.topic == topic and all(word in statement.text for word in words) for statement in policy.statements
    )


def test_a_document_of_the_vendor_is_named_by_its_title(policy: Policy) -> None:
    assert policy.source_name(policy.effects[0]) == "SaaS Mirrored Database"


def test_what_comes_from_the_help_centre_names_the_article(policy: Policy) -> None:
    assert policy.source_name(policy.environment["preview"]) == "From the help centre: Sandbox databases"


def test_what_comes_from_the_help_centre_without_an_article_says_so(policy: Policy) -> None:
    assert policy.source_name(Sourced(source="HELP")) == "From the help centre"


def test_every_record_from_the_help_centre_names_its_article(policy: Policy) -> None:
    records: tuple[Sourced, ...] = (
        *policy.environments,
        *policy.features,
        *policy.support_teams,
        *policy.channels,
        *policy.severities,
        *policy.coverage,
        *policy.statements,
    )
    assert all(record.article for record in records if record.source == "HELP")
