"""What Support reads and hears: the letter each request becomes, and the words for the telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from penelope_admin.absent import mapped
from penelope_admin.domain.features import STATE_AFTER, environment_name, feature_name, full_name
from penelope_admin.domain.requests import Request, RequestInput, RequestKind, has_critical_word, letter_of
from penelope_admin.domain.text import filled
from penelope_admin.domain.times import day_in_words, in_words, listed, moment_in_words, place
from penelope_admin.domain.windows import Window
from penelope_admin.policy import LOCKED_FEATURES, Channel, Feature, Policy, SupportPackage

LONGEST_SUBJECT = 980
"""Characters; what a header field of a mail holds."""
_NEVER_ENABLE = "Please do not enable ClientConnect or Engage.\n\n"


@dataclass(frozen=True, slots=True)
class Letter:
    """A support case's text; `to` is empty when the agency has not said where Support is written to."""

    to: str
    subject: str
    body: str
    sender: str = ""

    @property
    def whole_text(self) -> str:
        """Subject and body, for pasting into a portal."""
        return f"{self.subject}\n\n{self.body}"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and to whom. Addresses and telephone may be empty; times are shown in `zone`."""

    agency: str
    zone: ZoneInfo
    support_address: str = ""
    own_address: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for what, by which rules."""

    policy: Policy
    request: Request
    writer: Writer

    @property
    def place(self) -> str:
        """The name of the database it is about; empty when it is about none."""
        return environment_name(self.policy, self.request.environment)

    @property
    def here(self) -> str:
        """The place whose clock the agency goes by."""
        return place(self.writer.zone.key)

    @property
    def when(self) -> str:
        """When it is wanted."""
        earliest, latest = self.request.earliest, self.request.latest
        if earliest and latest:
            return f"between {in_words(earliest)} and {in_words(latest)}"
        if earliest:
            return f"not before {in_words(earliest)}"
        if latest:
            return f"not after {in_words(latest)}"
        return "as soon as it suits you"

    @property
    def title(self) -> str:
        """The subject as far as it is filled in."""
        return self.request.title or "…"


@dataclass(frozen=True, slots=True)
class _Part:
    """What a kind of request puts into the common frame of a letter."""

    headline: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    about: str
    features_title: str = ""
    asks: tuple[str, ...] = ()
    closing: str = ""


def compose(policy: Policy, request: Request, writer: Writer) -> Letter:
    """The text of the support case a request becomes."""
    part = _PARTS[request.kind](_Asked(policy, request, writer))
    features = "\n".join(f"- {name}" for name in _features_asked(policy, request))
    # One frame for every kind; what is empty of it leaves no heading behind.
    body = "".join((
        f"Hello,\n\n{part.opening}\n\n{_fact_lines(request, part, writer)}\n\n",
        _section(f"{part.about}:", request.reason),
        _section(part.features_title, features),
        _section("Please tell us", filled("{}.", ";\n".join(f"- {ask}" for ask in part.asks))),
        part.closing,
        f"Thank you,\n{writer.agency}\n",
    ))  # fmt: skip
    return Letter(writer.support_address, _subject(policy, request, part, writer), body, writer.own_address)


def _features_asked(policy: Policy, request: Request) -> list[str]:
    """The names of the features that are asked for: never a locked one, even if a row of a damaged database has it."""
    asked = (key for key in request.features if key in policy.feature and key not in LOCKED_FEATURES)
    return [feature_name(policy, key) for key in asked]


def _section(heading: str, text: str) -> str:
    if not (heading and text):
        return ""
    return f"{heading}\n{text}\n\n"


def _fact_lines(request: Request, part: _Part, writer: Writer) -> str:
    """The facts of a letter, one a line."""
    facts = [("Agency", writer.agency), *part.facts, ("Our reference", request.reference)]
    if request.kind in ("scheduled-call", "critical"):
        facts += _if_any("Our telephone", writer.telephone)
    facts += _if_any("Your case number", request.case_number)
    return "\n".join(f"{name}: {value}" for name, value in facts)


def _if_any(name: str, value: str | None) -> list[tuple[str, str]]:
    """A fact, where there is one to tell."""
    return [(name, value)] if value else []


def seen_on(policy: Policy, feature: Feature, environment: str) -> RequestInput:
    """What to tell Support about a feature that was seen on and is not switched here; a person reads it first."""
    name, where = full_name(policy, feature), policy.environment[environment].name
    return RequestInput(
        kind="defect",
        environment=environment,
        title=f"{name} is on in the {where} database",
        reason=f"We found {name} switched on in our {where} database. Please switch it off and tell us when it is off.",
    )


def date_question(window: Window) -> RequestInput:
    """What to ask Support where the vendor's rule can be read in more than one way; a person reads it first."""
    day = day_in_words(window.starts_at, window.source_zone)
    return RequestInput(
        kind="question",
        title=f"Date of the upgrade around {day}",
        reason=(
            f"We expect the upgrade at this time: {window.in_vendor_words}. The rule of the second weekend can be read "
            "in another way for this month. Please confirm the date, or tell us which one is right."
        ),
    )


def _subject(policy: Policy, request: Request, part: _Part, writer: Writer) -> str:
    """The subject. "Critical" stands in it if and only if the request is a critical incident."""
    critical = policy.critical
    headline = part.headline
    if request.kind == "critical" and not headline.casefold().startswith(critical.subject_word.casefold()):
        headline = f"{critical.subject_word}: {headline}"
    # An agency may have the word in its name; an ordinary letter then goes without the name in the subject.
    named = request.kind == "critical" or not has_critical_word(critical, writer.agency)
    return f"{headline}{f' - {writer.agency}' if named else ''} [{request.reference}]"


def _refresh(asked: _Asked) -> _Part:
    name = asked.place
    return _Part(
        f"Refresh of the {name} database",
        f"Please refresh our {name} database from production.",
        (("Database to be overwritten", name), ("When", asked.when)),
        "Reason",
        "After the refresh we plan to have these features on again in that database:",
        (
            "the day and time of the copy before you start, and when it is done",
            "whether contact details in the copy are de-identified, or stay as in production until the next upgrade",
            "which features are on in the copy when you hand it over",
        ),
        closing=_NEVER_ENABLE,
    )


def _feature_change(asked: _Asked) -> _Part:
    name = asked.place
    how = STATE_AFTER[asked.request.change or "disable"]
    return _Part(
        f"Switch features {how} in the {name} database",
        f"Please switch the features below {how} in our {name} database, and in no other.",
        (("Database", name), ("When", asked.when)),
        "Reason",
        f"To be switched {how}:",
        ("when it is done", "whether anybody outside our agency can be reached from that database afterwards"),
        closing=_NEVER_ENABLE,
    )


def _missing_notice(asked: _Asked) -> _Part:
    day = mapped(asked.request.upgrade_day, in_words) or "(day not known)"
    return _Part(
        f"No notice for the upgrade of {day}",
        f"No notice has reached us for the upgrade of {day}, neither by email nor in Penelope.",
        (("Upgrade", day),),
        "To add",
        asks=("why no notice came", "to which addresses notices are sent", "the window that is planned, or was used"),
    )


def _question(asked: _Asked) -> _Part:
    facts = (("Subject", asked.title), *_if_any("Database", asked.place))
    return _Part(asked.title, "We have a question.", facts, "The question")


def _defect(asked: _Asked) -> _Part:
    version = _if_any("Version of Penelope", asked.request.product_version)
    return _Part(
        asked.title,
        "Something does not work as we expect it to.",
        (("Subject", asked.title), ("Database", asked.place), *version),
        "What happens, and how to repeat it",
        asks=("whether this is a defect, with its number and severity", "whether there is a way around it"),
    )


def _script(asked: _Asked) -> _Part:
    name = asked.place
    return _Part(
        f"Script for the {name} database: {asked.title}",
        f"Please pass this on to Tailored Services: we need a script for our {name} database, and for no other.",
        (("Subject", asked.title), ("Database", name), ("When", asked.when)),
        "What the script should do",
        asks=(
            "what it costs, and what you need from us before it can be written",
            "which data it reads and which it changes, and how we can check the result",
            "what it does to contact details: whether they stay as they are, are de-identified, or become real",
            "the day and time at which it runs",
        ),
        closing=_NEVER_ENABLE,
    )


def _scheduled_call(asked: _Asked) -> _Part:
    return _Part(
        f"Scheduled call: {asked.title}",
        "Please arrange a call with us.",
        (("Subject", asked.title), ("When", f"{asked.when}; we are on {asked.here} time")),
        "What we want to talk about",
        asks=("the day and time", "who will call whom"),
    )


def _critical(asked: _Asked) -> _Part:
    # The vendor's own words for what makes an incident critical, in its order, whatever the order they were ticked in.
    texts = asked.policy.critical.characteristics
    chosen = [text for number, text in enumerate(texts) if letter_of(number) in asked.request.characteristics]
    since = _if_any("Since", mapped(asked.request.began_at, lambda at: moment_in_words(at, asked.writer.zone)))
    return _Part(
        asked.title,
        "This is a critical incident: no user can reasonably go on working in production.",
        (("Subject", asked.title), ("Database", "Production"), ("What applies", " ".join(chosen)), *since),
        "What happens",
        asks=("the case number", "who is working on it", "when we hear from you next"),
    )


_PARTS: dict[RequestKind, Callable[[_Asked], _Part]] = {
    "refresh": _refresh,
    "feature-change": _feature_change,
    "missing-notice": _missing_notice,
    "question": _question,
    "defect": _defect,
    "scheduled-call": _scheduled_call,
    "script": _script,
    "critical": _critical,
}


def numbers_to_call(policy: Policy, request: Request) -> list[Channel]:
    """The telephone lines a request may be brought to: the emergency line for critical incidents alone."""
    # The emergency line is for critical cases: to ring it for others may cost the agency money (facts.md section 4).
    keys = ["emergency"] if request.kind == "critical" else ["phone"]
    if request.kind == "critical" and request.case_number:
        keys.append("phone")
    channels = {channel.key: channel for channel in policy.channels}
    return [channels[key] for key in keys if key in channels and channels[key].number]


@dataclass(frozen=True, slots=True)
class PhoneUse:
    """Whether a request may be brought to Support by telephone, and what to know about it; the note may be empty."""

    offered: bool
    note: str = ""


BY_PHONE = PhoneUse(True)
"""It may, and there is nothing to know."""


def phone_use(policy: Policy, request: Request, package: SupportPackage) -> PhoneUse:
    """Whether the telephone is offered for a request: new matters go by the support package.

    The emergency line is for all, and so, as we read the vendor, is a call about a case that has its number.
    """
    if request.kind == "critical" or request.case_number:
        return BY_PHONE
    lines = [channel for channel in numbers_to_call(policy, request) if channel.for_package]
    return next((package_note(channel, package) for channel in lines), BY_PHONE)


def package_note(channel: Channel, package: SupportPackage) -> PhoneUse:
    """Whether a line that is for one support package takes new matters of an agency."""
    if channel.for_package is None or package == channel.for_package:
        return BY_PHONE
    if package == "unknown":
        return PhoneUse(
            True,
            "Whether you can call depends on your support package, and Settings does not say which you have. Look it "
            "up, or ask your Customer Success Manager, and fill it in.",
        )
    return PhoneUse(
        False,
        f"The vendor's inbound line is for customers on a {channel.for_package} support package only, and Settings "
        "says that you have another. Once your case has a number, you can call about it.",
    )


def phone_script(policy: Policy, request: Request, writer: Writer) -> str:
    """What to dial and what to say, with the rules of each line."""
    letter, part = compose(policy, request, writer), _PARTS[request.kind](_Asked(policy, request, writer))
    lines = []
    for channel in numbers_to_call(policy, request):
        lines += [f"{channel.name}: {channel.number}", *(f"  {sentence}" for sentence in channel.sentences)]
        lines += [f"  {note.text} ({policy.source_name(note)})" for note in channel.also]
        lines.append("")
    lines += ["Say:", f"  This is {writer.agency}, a customer of Penelope."]
    if request.case_number:
        lines.append(f"  Our case number is {request.case_number}.")
    # Our own reference says nothing to whoever answers the telephone, and who calls was said.
    about = letter.subject.removesuffix(f" [{request.reference}]").removesuffix(f" - {writer.agency}")
    lines.append(f"  It is about: {about}.")
    lines += [f"  {line}" for line in _facts_to_say(policy, request, part)]
    lines += [f"  {line}" for line in request.reason.splitlines() if line]
    if writer.telephone:
        lines.append(f"  Please call us back at {writer.telephone}.")
    # Only contact by email is answered with the number by itself (facts.md section 4).
    lines += ["", "Ask for the case number and write it down. No names or details of clients, please.", ""]
    return "\n".join(lines)


def _facts_to_say(policy: Policy, request: Request, part: _Part) -> Iterator[str]:
    """What a letter says besides its text, one fact a line."""
    facts = dict(part.facts)
    if request.kind == "critical":
        yield from ("It is critical: no user can reasonably go on working in production.", facts["What applies"])
        yield from (f"{name} {value}." for name, value in facts.items() if name == "Since")
    else:
        yield from (f"{name}: {value}." for name, value in facts.items() if name != "Subject")
    if features := _features_asked(policy, request):
        yield f"{part.features_title} {listed(features)}."
    yield from filter(None, part.closing.splitlines())


def emergency_script(agency: str, telephone: str) -> str:
    """What to say to the emergency line in one breath, before anything is written down.

    Args:
        agency: its name; empty before set-up.
        telephone: where to call back; empty when that is not known.
    """
    who = agency or "your agency's name"
    back = telephone or "…"  # "your number" would be Support's when it is read out
    return (
        f"This is {who}, a customer of Penelope. It is critical: no user can go on working in production. "
        f"Since … we see … Please call us back at {back}."
    )
