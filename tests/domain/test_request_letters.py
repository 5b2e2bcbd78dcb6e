"""What Support reads and hears: the letter of every kind of request, its subject, and the words for the telephone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penelope_admin.domain.features import feature_name
from penelope_admin.domain.letters import Letter, Writer, compose, emergency_script, numbers_to_call, phone_script
from penelope_admin.domain.requests import Request, RequestKind, check_title
from penelope_admin.domain.text import clean_line, clean_text
from penelope_admin.errors import BadInputError, RefusedError
from penelope_admin.policy import Policy
from tests.each import each
from tests.wishes import KINDS, WISHES, request_of

WINNIPEG = ZoneInfo("America/Resolute")
WRITER = Writer("Prairie House", WINNIPEG, "support@vendor.example", "admin@prairie.example", "204-555-0100")
REQUEST = Request(
    id=12,
    kind="refresh",
    environment="mirrored",
    status="drafted",
    reason="Tests of the new intake form.",
    earliest=date(2026, 5, 11),
    latest=date(2026, 5, 15),
    features=("external-communications.sms", "general-ledger"),
    created_at=datetime(2026, 5, 4, 12, tzinfo=UTC),
)
WHEN = "between Monday 14 December 2026 and Friday 18 December 2026"
HEADLINES: dict[RequestKind, str] = {
    "refresh": "Refresh of the Mirrored database",
    "feature-change": "Switch features on in the Mirrored database",
    "missing-notice": "No notice for the upgrade of Saturday 14 November 2026",
    "question": "How are waiting lists counted?",
    "defect": "Calendar skips the first of the month",
    "scheduled-call": "Scheduled call: Planning of the new intake form",
    "script": "Script for the Mirrored database: Shift the pilot's appointments",
    "critical": "Critical: Nobody can sign in",
}
LINES: dict[RequestKind, list[str]] = {
    "refresh": [
        "Please refresh our Mirrored database from production.",
        "Database to be overwritten: Mirrored",
        f"When: {WHEN}",
        "Fresh data for the training of March.",
        "- External Communications: SMS",
        "- General Ledger",
        "Please do not enable ClientConnect or Engage.",
    ],
    "feature-change": [
        "Please switch the features below on in our Mirrored database, and in no other.",
        "Database: Mirrored",
        f"When: {WHEN}",
        "We test reminders with the team.",
        "To be switched on:",
        "- DSS",
        "- ORS/SRS",
        "Please do not enable ClientConnect or Engage.",
    ],
    "missing-notice": [
        "No notice has reached us for the upgrade of Saturday 14 November 2026, neither by email nor in Penelope.",
        "Upgrade: Saturday 14 November 2026",
        "Our addresses did not change.",
        "- why no notice came;",
    ],
    "question": [
        "We have a question.",
        "Subject: How are waiting lists counted?",
        "Database: Training (option B)",
        "The report and the page",
        "differ by three.",
    ],
    "defect": [
        "Something does not work as we expect it to.",
        "Subject: Calendar skips the first of the month",
        "Database: Production",
        "Version of Penelope: 5.2.1",
        "Open the calendar, go a month ahead, look at day 1.",
        "- whether this is a defect, with its number and severity;",
    ],
    "scheduled-call": [
        "Please arrange a call with us.",
        "Subject: Planning of the new intake form",
        f"When: {WHEN}; we are on Resolute time",
        "We want an hour about fields and rules.",
        "Our telephone: 204-555-0100",
    ],
    "script": [
        "Please pass this on to Tailored Services: we need a script for our Mirrored database, and for no other.",
        "Database: Mirrored",
        f"When: {WHEN}",
        "Move every appointment of the pilot team a year ahead.",
        "- what it does to contact details: whether they stay as they are, are de-identified, or become real;",
        "Please do not enable ClientConnect or Engage.",
    ],
    "critical": [
        "This is a critical incident: no user can reasonably go on working in production.",
        "Subject: Nobody can sign in",
        "Database: Production",
        "What applies: Penelope hangs, and the delays are unacceptable. No user at all can get in.",
        "Since: Tuesday 1 December 2026, 08:40 (Resolute)",
        "The sign-in page stays empty for all of us.",
        "Our telephone: 204-555-0100",
        "- the case number;",
    ],
}


def written(policy: Policy, request: Request, agency: str = "Prairie House") -> Letter:
    return compose(policy, request, replace(WRITER, agency=agency))


# --- letters -----------------------------------------------------------------------------------


def test_a_refresh_s_letter_says_everything_support_needs(policy: Policy) -> None:
    letter = written(policy, REQUEST)
    assert letter.to == "support@vendor.example"
    assert letter.sender == "admin@prairie.example"
    assert letter.subject == "Refresh of the Mirrored database - Prairie House [PA-12]"
    assert letter.body == (
        "Hello,\n\n"
        "Please refresh our Mirrored database from production.\n\n"
        "Agency: Prairie House\n"
        "Database to be overwritten: Mirrored\n"
        "When: between Monday 11 May 2026 and Friday 15 May 2026\n"
        "Our reference: PA-12\n\n"
        "Reason:\nTests of the new intake form.\n\n"
        "After the refresh we plan to have these features on again in that database:\n"
        "- External Communications: SMS\n"
        "- General Ledger\n\n"
        "Please tell us\n"
        "- the day and time of the copy before you start, and when it is done;\n"
        "- whether contact details in the copy are de-identified, or stay as in production until the next upgrade;\n"
        "- which features are on in the copy when you hand it over.\n\n"
        "Please do not enable ClientConnect or Engage.\n\n"
        "Thank you,\nPrairie House\n"
    )


@each("kind", KINDS)
def test_a_letter_says_all_that_was_filled_in(policy: Policy, kind: RequestKind) -> None:
    letter = written(policy, request_of(WISHES[kind]))
    assert letter.subject == f"{HEADLINES[kind]} - Prairie House [PA-12]"
    lines = letter.body.splitlines()
    for line in [*LINES[kind], "Agency: Prairie House", "Our reference: PA-12", "Thank you,", "Prairie House"]:
        assert line in lines
    assert "None" not in letter.body


@each("kind", KINDS)
def test_a_letter_names_the_case_once_there_is_one(policy: Policy, kind: RequestKind) -> None:
    request = request_of(WISHES[kind])
    assert "case number:" not in written(policy, request).body.lower()
    known = written(policy, replace(request, case_number="00123456"))
    assert "Your case number: 00123456" in known.body.splitlines()


@each("kind", KINDS)
def test_only_calls_and_incidents_give_the_agency_s_telephone_number(policy: Policy, kind: RequestKind) -> None:
    body = written(policy, request_of(WISHES[kind])).body
    assert ("Our telephone" in body) == (kind in ("scheduled-call", "critical"))
    silent = compose(policy, request_of(WISHES[kind]), replace(WRITER, telephone=""))
    assert "Our telephone" not in silent.body


@each("kind", KINDS)
def test_no_letter_asks_for_clientconnect_or_engage(policy: Policy, kind: RequestKind) -> None:
    """They are named in one sentence only: the one that asks Support to leave them alone."""
    body = written(policy, request_of(WISHES[kind])).body.replace("Please do not enable ClientConnect or Engage.", "")
    assert "clientconnect" not in body.casefold()
    assert "engage" not in body.casefold()


@each("kind", KINDS)
def test_letters_about_copies_ask_support_to_leave_clientconnect_and_engage_off(
    policy: Policy, kind: RequestKind
) -> None:
    asked = "Please do not enable ClientConnect or Engage." in written(policy, request_of(WISHES[kind])).body
    assert asked == (kind in ("refresh", "feature-change", "script"))


def test_a_letter_about_switching_off_says_off(policy: Policy) -> None:
    letter = written(policy, request_of(WISHES["feature-change"], change="disable"))
    assert letter.subject.startswith("Switch features off in the Mirrored database")
    assert "To be switched off:" in letter.body.splitlines()
    assert " on in" not in letter.body


@each(
    "kind, gone, line",
    [
        ("missing-notice", {"reason": ""}, "To add:"),
        ("question", {"environment": None}, "Database: "),
        ("defect", {"product_version": None}, "Version of Penelope: "),
        ("critical", {"began_at": None}, "Since: "),
        ("refresh", {"features": ()}, "After the refresh"),
    ],
)
def test_what_was_not_filled_in_is_not_spoken_of(
    policy: Policy, kind: RequestKind, gone: dict[str, object], line: str
) -> None:
    full, less = request_of(WISHES[kind]), replace(request_of(WISHES[kind]), **gone)  # type: ignore[arg-type]
    assert any(text.startswith(line) for text in written(policy, full).body.splitlines())
    assert not any(text.startswith(line) for text in written(policy, less).body.splitlines())


def test_a_letter_can_be_pasted_as_a_whole(policy: Policy) -> None:
    letter = compose(policy, REQUEST, Writer("Prairie House", WINNIPEG))
    assert letter.whole_text == f"{letter.subject}\n\n{letter.body}"
    assert (letter.to, letter.sender) == ("", "")


@each("kind", ["refresh", "feature-change", "scheduled-call", "script"])
@each(
    "earliest, latest, words",
    [
        (date(2026, 5, 11), date(2026, 5, 15), "between Monday 11 May 2026 and Friday 15 May 2026"),
        (date(2026, 5, 11), None, "not before Monday 11 May 2026"),
        (None, date(2026, 5, 15), "not after Friday 15 May 2026"),
        (None, None, "as soon as it suits you"),
    ],
)
def test_a_letter_says_when(
    policy: Policy, kind: RequestKind, earliest: date | None, latest: date | None, words: str
) -> None:
    letter = written(policy, request_of(WISHES[kind], earliest=earliest, latest=latest))
    zone = "; we are on Resolute time" if kind == "scheduled-call" else ""
    assert f"\nWhen: {words}{zone}\n" in letter.body


def cleaned(limit: int) -> st.SearchStrategy[str]:
    """Lines that the program has taken from somebody."""

    def taken(text: str) -> bool:
        try:
            return clean_line(text, "The name", limit=limit) == text
        except BadInputError:
            return False

    printable = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
    return st.text(printable, min_size=1, max_size=limit).map(str.strip).filter(taken)


@given(
    kind=st.sampled_from(KINDS),
    agency=cleaned(40),
    title=cleaned(60),
    reason=st.text(max_size=80),
    environment=st.sampled_from(["mirrored", "training-a"]),
)
def test_a_subject_is_one_line_and_a_body_whole_for_any_text(
    policy: Policy, kind: RequestKind, agency: str, title: str, reason: str, environment: str
) -> None:
    try:
        reason = clean_text(reason, "The reason")
    except BadInputError:
        reason = "Tests."
    request = request_of(WISHES[kind], reason=reason, title=title, environment=environment)
    letter = written(policy, request, agency)
    assert letter.subject.splitlines() == [letter.subject]
    if kind == "critical" or "critical" not in agency.casefold():
        assert letter.subject.endswith(f"{agency} [PA-12]")
    if kind in ("question", "defect", "scheduled-call", "script", "critical"):
        assert title in letter.subject
    assert f":\n{reason}\n" in letter.body
    message = EmailMessage(policy=SMTPUTF8)
    message["Subject"], message["To"] = letter.subject, letter.to
    message.set_content(letter.body)
    assert message["Subject"] == letter.subject
    assert message.keys().count("Subject") == 1


# --- the word in the subject -------------------------------------------------------------------

WORDS = st.sampled_from(["Critical", "CRITICAL", "critical", "cRiTiCaL", "Hypercritically", "Criti cal", "Krit", "é"])
names = st.lists(WORDS | st.text("Critcal -éſİı", max_size=12), min_size=1, max_size=4).map(" ".join)


@given(kind=st.sampled_from(KINDS), title=names, agency=names)
@example("refresh", "x", "Critical Care Network")
@example("question", "x", "Critical Care Network")
@example("critical", "x", "Critical Care Network")
@example("critical", "Critical: x", "Critical Care Network")
def test_critical_stands_in_a_subject_if_and_only_if_it_is_an_incident(
    policy: Policy, kind: RequestKind, title: str, agency: str
) -> None:
    wish = replace(WISHES[kind], title=title if WISHES[kind].title else "")
    try:
        check_title(policy.critical, wish)
    except RefusedError:
        assert kind != "critical"
        return
    subject = written(policy, request_of(wish), agency).subject
    assert ("critical" in subject.casefold()) == (kind == "critical")
    assert subject.endswith("[PA-12]")


def test_an_agency_with_the_word_in_its_name_is_still_named_in_the_letter(policy: Policy) -> None:
    letter = written(policy, REQUEST, "Critical Care Network")
    assert letter.subject == "Refresh of the Mirrored database [PA-12]"
    assert "Agency: Critical Care Network" in letter.body.splitlines()


@each("kind", [kind for kind in KINDS if WISHES[kind].title and kind != "critical"])
@each("title", ["Critical", "a CRITICAL thing", "(critical)", "Hypercritically slow", "cRiTiCaL"])
def test_the_word_in_the_title_of_another_request_is_refused_with_what_it_may_cost(
    policy: Policy, kind: RequestKind, title: str
) -> None:
    with pytest.raises(RefusedError, match=r"“Critical” in its subject opens a critical incident.*\$250"):
        check_title(policy.critical, replace(WISHES[kind], title=title))


def test_an_incident_may_have_the_word_in_its_title(policy: Policy) -> None:
    check_title(policy.critical, replace(WISHES["critical"], title="Critical: nobody can sign in"))


# --- the telephone -----------------------------------------------------------------------------


@each("kind", KINDS)
def test_the_emergency_line_is_for_incidents_alone(policy: Policy, kind: RequestKind) -> None:
    request = request_of(WISHES[kind])
    numbers = [channel.number for channel in numbers_to_call(policy, request)]
    assert numbers == ["1-469-874-0792 ext. 3" if kind == "critical" else "(866) 732-3560 ext. 2, then 2"]
    script = phone_script(policy, request, WRITER)
    assert script.startswith(("Emergency line: " if kind == "critical" else "Telephone: ") + str(numbers[0]))
    assert ("1-469-874-0792 ext. 3" in script) == (kind == "critical")


def test_once_an_incident_has_a_case_number_the_other_line_may_be_called_too(policy: Policy) -> None:
    incident = request_of(WISHES["critical"], case_number="00123456")
    numbers = [channel.number for channel in numbers_to_call(policy, incident)]
    assert numbers == ["1-469-874-0792 ext. 3", "(866) 732-3560 ext. 2, then 2"]


def test_an_incident_s_script_says_what_makes_it_critical(policy: Policy) -> None:
    lines = phone_script(policy, request_of(WISHES["critical"]), WRITER).splitlines()
    assert "  It is critical: no user can reasonably go on working in production." in lines
    assert "  Penelope hangs, and the delays are unacceptable. No user at all can get in." in lines
    assert "  Since Tuesday 1 December 2026, 08:40 (Resolute)." in lines
    without = phone_script(policy, request_of(WISHES["critical"], began_at=None), WRITER)
    assert "Since" not in without


def test_the_script_of_another_request_claims_nothing_critical(policy: Policy) -> None:
    for kind in KINDS:
        if kind != "critical":
            script = phone_script(policy, request_of(WISHES[kind]), WRITER)
            assert "critical:" not in script.casefold()


@each("kind", KINDS)
def test_the_script_says_who_calls_about_what_and_to_write_the_case_number_down(
    policy: Policy, kind: RequestKind
) -> None:
    script = phone_script(policy, request_of(WISHES[kind]), WRITER)
    lines = script.splitlines()
    assert "  This is Prairie House, a customer of Penelope." in lines
    assert f"  It is about: {HEADLINES[kind]}." in lines
    for line in WISHES[kind].reason.splitlines():
        assert f"  {line}" in lines
    assert "  Please call us back at 204-555-0100." in lines
    assert lines[-1] == "Ask for the case number and write it down. No names or details of clients, please."
    assert "PA-12" not in script
    assert "None" not in script


@each("kind", ["refresh", "feature-change", "script", "scheduled-call"])
def test_the_script_says_what_is_asked_for_and_when(policy: Policy, kind: RequestKind) -> None:
    request = request_of(WISHES[kind])
    script, body = phone_script(policy, request, WRITER), compose(policy, request, WRITER).body
    (when,) = (line for line in body.splitlines() if line.startswith("When: "))
    assert f"  {when}." in script.splitlines()
    assert all(feature_name(policy, key) in script for key in request.features)
    assert ("ClientConnect" in script) == ("ClientConnect" in body)


def test_the_script_gives_each_line_s_rules_under_its_number(policy: Policy) -> None:
    incident = request_of(WISHES["critical"], case_number="00123456")
    lines = phone_script(policy, incident, WRITER).splitlines()
    for channel in numbers_to_call(policy, incident):
        place = lines.index(f"{channel.name}: {channel.number}")
        following = lines[place + 1 : place + 1 + len(channel.sentences)]
        assert following == [f"  {sentence}" for sentence in channel.sentences]
        assert "{number}" not in "".join(following)


@each("kind", KINDS)
def test_a_letter_says_hello_and_goes_on_with_a_capital(policy: Policy, kind: RequestKind) -> None:
    hello, opening = compose(policy, request_of(WISHES[kind]), WRITER).body.split("\n\n")[:2]
    assert hello == "Hello,"
    assert opening[0].isupper()


def test_the_script_says_the_case_number_when_there_is_one(policy: Policy) -> None:
    request = request_of(WISHES["question"])
    assert "Our case number" not in phone_script(policy, request, WRITER)
    known = phone_script(policy, replace(request, case_number="00123456"), WRITER)
    assert "  Our case number is 00123456." in known.splitlines()


def test_the_emergency_script_leaves_room_for_a_number_that_is_not_known() -> None:
    assert emergency_script("Riverside", "204-555-0100").endswith("Please call us back at 204-555-0100.")
    assert emergency_script("Riverside", "").endswith("Please call us back at ….")


def test_without_a_telephone_number_nobody_asks_to_be_called_back(policy: Policy) -> None:
    script = phone_script(policy, request_of(WISHES["question"]), replace(WRITER, telephone=""))
    assert "call us back" not in script
