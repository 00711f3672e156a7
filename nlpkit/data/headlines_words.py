"""The words `headlines` writes with: common words and surnames, invented places and agencies.

Each class has its own words (`TOPICS`), the rest is shared by all four. Everything is spelled so that any
pick fits any place in a sentence: verbs are regular, nouns singular, roles begin with a small letter.
"""

from __future__ import annotations

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(";"))


def _verbs(text: str) -> tuple[tuple[str, str], ...]:
    present, past = text.split()[::2], text.split()[1::2]
    return tuple(zip(present, past, strict=True))


@dataclass(frozen=True)
class Topic:
    """The words of one class. A verb is its present and its past; a setting ends a clause."""

    roles: tuple[str, ...]
    verbs: tuple[tuple[str, str], ...]
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    settings: tuple[str, ...]


WORLD = Topic(
    roles=_words("minister president ambassador senator governor diplomat mayor monarch"),
    verbs=_verbs(
        "condemns condemned ratifies ratified rejects rejected denounces denounced suspends suspended "
        "endorses endorsed negotiates negotiated revokes revoked evacuates evacuated vetoes vetoed"
    ),
    nouns=_words(
        "treaty ceasefire embassy referendum summit province parliament consulate truce election convoy "
        "coalition constitution garrison blockade militia amnesty ministry"
    ),
    adjectives=_words(
        "disputed northern diplomatic armed humanitarian provincial multinational occupied interim royal"
    ),
    settings=_phrases(
        "after border clashes; before peace talks; amid protests in the capital; as troops withdraw; "
        "as voters go to the polls; after a night of shelling; ahead of a state visit; "
        "despite rebel threats; as aid reaches the villages; while refugees wait at the frontier"
    ),
)

SPORTS = Topic(
    roles=_words("coach striker goalkeeper umpire boxer golfer pitcher cyclist"),
    verbs=_verbs(
        "clinches clinched celebrates celebrated dominates dominated forfeits forfeited skips skipped "
        "rescues rescued relishes relished misses missed snatches snatched replays replayed"
    ),
    nouns=_words(
        "championship semifinal playoff medal trophy league penalty marathon tournament season derby relay "
        "innings quarterfinal rematch scrum regatta stadium"
    ),
    adjectives=_words(
        "unbeaten thrilling scoreless muddy decisive athletic overtime amateur sudden-death winless"
    ),
    settings=_phrases(
        "after extra time; before a sellout crowd; in front of home fans; with a last-minute goal; "
        "despite a knee injury; in straight sets; after a goalless first half; at the velodrome; "
        "on the opening day of training camp; as the defending champions stumble"
    ),
)

BUSINESS = Topic(
    roles=_words("banker broker retailer investor auditor grocer insurer lender"),
    verbs=_verbs(
        "acquires acquired finances financed downgrades downgraded auctions auctioned discounts discounted "
        "audits audited refinances refinanced trims trimmed restructures restructured markets marketed"
    ),
    nouns=_words(
        "merger dividend takeover portfolio bond mortgage franchise refinery subsidiary loan stake pension "
        "supermarket payroll shipment brand warehouse airline"
    ),
    adjectives=_words(
        "quarterly profitable hostile unsecured overdue wholesale lucrative corporate insolvent taxable"
    ),
    settings=_phrases(
        "after a profit warning; as shares slide; before markets open; amid rising oil prices; "
        "as sales slump; despite higher interest rates; on hopes of bigger earnings; to pay creditors; "
        "as costs climb; after weak consumer spending"
    ),
)

SCI_TECH = Topic(
    roles=_words("engineer physicist programmer astronomer chemist biologist hacker inventor"),
    verbs=_verbs(
        "patches patched decodes decoded encrypts encrypted upgrades upgraded simulates simulated "
        "scans scanned digitizes digitized measures measured photographs photographed reboots rebooted"
    ),
    nouns=_words(
        "satellite browser genome telescope microchip database robot asteroid spacecraft processor laser "
        "fossil network enzyme server molecule keyboard antenna"
    ),
    adjectives=_words(
        "wireless lunar digital microscopic portable solar handheld prehistoric orbital genetic"
    ),
    settings=_phrases(
        "after a software glitch; with open source code; in zero gravity; from a low orbit; "
        "using cheap sensors; under the microscope; for faster downloads; before the rocket launch; "
        "as a virus spreads online; in laboratory trials"
    ),
)

TOPICS = {"World": WORLD, "Sports": SPORTS, "Business": BUSINESS, "Sci/Tech": SCI_TECH}

SHARED = Topic(
    roles=_words("spokesman veteran newcomer founder critic adviser volunteer chairman resident favorite"),
    verbs=_verbs(
        "supports supported delays delayed defends defended reviews reviewed praises praised opens opened "
        "cancels canceled revives revived questions questioned welcomes welcomed"
    ),
    nouns=_words("plan deal report project offer record bid contract program schedule race agreement"),
    adjectives=_words("new second controversial costly surprise popular historic final rare troubled"),
    settings=_phrases(
        "after a long delay; for the first time in years; to mixed reviews; in a crowded week; "
        "in spite of the doubts; as expected; after years of waiting; with little warning"
    ),
)

# What one person does to three others when only the order of the words says who of them it was.
CONTEST_VERBS = _verbs(
    "outvotes outvoted defeats defeated overrules overruled outwits outwitted challenges challenged "
    "thanks thanked blames blamed surprises surprised interrupts interrupted corrects corrected "
    "follows followed welcomes welcomed criticizes criticized imitates imitated"
)
CONTESTS = _phrases(
    "in bridge row; over harbor plan; at charity quiz; in museum vote; over village bypass; "
    "at radio debate; over park fence; at book prize dinner; over choir funds; in chess final; "
    "at town hall; over theater roof; at spelling contest; over ferry timetable"
)

PLACES = _words(
    "Alderport Brask Corhaven Dunmere Eastling Farrowby Galden Harrowgate Istmoor Jorvale Kelmouth Lindenau "
    "Marrowdale Norvik Ostrand Pellham Quillon Rostead Silverton Tarnow Ulverby Vantry Westerly Yarrow "
    "Zelmark Ashwick Belcastle Cresthill Drummore Elmsworth"
)
# 59 of them, a prime: any step through the ring meets four different people.
SURNAMES = _words(
    "Ashford Barlow Corwin Delaney Everson Falk Garrity Holloway Ibsen Jarrell Kessler Lindqvist Marchetti "
    "Norwood Okafor Pemberton Quinlan Rasmussen Santoro Thackeray Ueda Varga Whitlock Yates Zeller Abbott "
    "Bergstrom Castellan Dragan Ellery Fontaine Grishin Haldane Ito Janssen Kowal Laurent Moreno Nakata "
    "Ortega Petrov Quist Reyes Sandoval Tolland Ulrich Vasquez Wexler Yoon Zamora Adler Brandt Chandra "
    "Duarte Eklund Farouk Gallo Huang Novak"
)
AGENCIES = _words("NWP Corvid Meridian UWN Telepress Continental")
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
PERIODS = _words("days weeks months years")
SOURCES = _phrases(
    "officials said; a spokeswoman said; witnesses said; local papers reported; "
    "people close to the matter said; a statement said; organizers said; the agency reported"
)
