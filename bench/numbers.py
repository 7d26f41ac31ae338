"""Made-up values: personal ones in the spellings of many countries, and numbers of things that look like them."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

_GIVEN = ("anna", "ben", "carla", "david", "ella", "farid", "grace", "hugo", "ines", "jonas", "kira", "liam", "mia", "noah")
_FAMILY = ("smith", "king", "okafor", "garcia", "novak", "muller", "rossi", "tanaka", "jensen", "brown", "dubois", "costa")
_HOSTS = ("example.com", "example.org", "mail.example.net", "smith-jones.biz", "example.co.uk", "web.example.de", "garcia.info")


def digits(dice: random.Random, shape: str) -> str:
    """`#` becomes any digit, `%` one from 2 to 9."""
    return "".join(str(dice.randint(0, 9)) if sign == "#" else str(dice.randint(2, 9)) if sign == "%" else sign for sign in shape)


def email(dice: random.Random) -> str:
    given, family = dice.choice(_GIVEN), dice.choice(_FAMILY)
    local = dice.choice(
        (
            f"{given}.{family}",
            f"{given[0]}{family}",
            f"{given}{dice.randint(1, 99)}",
            f"{given}_{family}+shop",
            f"{given}-{family}",
        )
    )
    made = f"{local}@{dice.choice(_HOSTS)}"
    return made.upper() if dice.random() < 0.05 else made


_PHONES = (
    *("+1-%##-%##-####", "+1-%##-%##-####x###", "001-%##-%##-####", "001-%##-%##-####x####", "%##-%##-####", "%##.%##.####"),
    *(
        "(%##)%##-####",
        "(%##)%##-####x###",
        "%##%######",
        "%##-%##-####x####",
        "%##.%##.####x####",
        "(%##) %##-####",
        "+1 %## %## ####",
    ),
    *(
        "1-%##-%##-####",
        "+1%##%######",
        "+44 20 7### ####",
        "+44 (0)20 7### ####",
        "020 7### ####",
        "07### ######",
        "+447#########",
    ),
    *(
        "(0161) 496 0###",
        "+49 30 ########",
        "+49 (0)171 #######",
        "0171 #######",
        "030/########",
        "0049 171 #######",
        "+49(0)9##########",
    ),
    *(
        "+33 6 ## ## ## ##",
        "06 ## ## ## ##",
        "+33 (0)1 ## ## ## ##",
        "01 ## ## ## ##",
        "+34 6## ### ###",
        "+34 9## ## ## ##",
        "+39 3## #######",
    ),
    *(
        "+31 6 ########",
        "06-########",
        "+31 (0)20 ### ####",
        "+41 79 ### ## ##",
        "079 ### ## ##",
        "+43 664 #######",
        "+46 70 ### ## ##",
    ),
    *(
        "+47 9## ## ###",
        "+45 ## ## ## ##",
        "+48 6## ### ###",
        "+351 9## ### ###",
        "+61 4## ### ###",
        "04## ### ###",
        "(02) 9### ####",
    ),
    *(
        "+91 98### #####",
        "+91-98########",
        "+81 90-####-####",
        "090-####-####",
        "03-%###-####",
        "+86 138 #### ####",
        "+82 10-####-####",
    ),
    *(
        "+55 11 9####-####",
        "(11) 9####-####",
        "+52 55 #### ####",
        "+27 82 ### ####",
        "082 ### ####",
        "+65 9### ####",
        "+971 50 ### ####",
    ),
    *(
        "+353 87 ### ####",
        "+32 47# ## ## ##",
        "+358 40 ### ####",
        "+420 6## ### ###",
        "+90 5## ### ## ##",
        "+7 9## ###-##-##",
        "011 44 20 7### ####",
    ),
    *("555-%##-####", "%## %## ####", "+1 (%##) %##-#### ext. ###", "%##-%##-#### ext ##", "+1.%##.%##.####"),
)


def phone(dice: random.Random) -> str:
    return digits(dice, dice.choice(_PHONES))


def luhn(body: str) -> str:
    """The body with its check digit."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


_CARDS = (
    *(("4", 16), ("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("300", 14), ("36", 14), ("38", 14)),
    *(
        ("6011", 16),
        ("65", 16),
        ("3528", 16),
        ("3589", 16),
        ("2131", 15),
        ("1800", 15),
        ("5018", 12),
        ("6304", 12),
        ("6759", 16),
        ("4", 13),
        ("4", 19),
    ),
)


def card(dice: random.Random) -> str:
    prefix, length = dice.choice(_CARDS)
    number = luhn(prefix + digits(dice, "#" * (length - len(prefix) - 1)))
    sign = dice.choice(("", " ", "-"))
    if length in (14, 15):
        return sign.join((number[:4], number[4:10], number[10:]))
    return sign.join(number[at : at + 4] for at in range(0, length, 4))


_BBANS = {
    "DE": "##################",
    "GB": "NWBK##############",
    "FR": "#######################",
    "ES": "####################",
    "NL": "INGB##########",
    "AT": "################",
    "CH": "#################",
    "BE": "############",
    "PL": "########################",
    "IT": "X######################",
    "SE": "####################",
    "NO": "###########",
    "IE": "AIBK##############",
}


def iban(dice: random.Random) -> str:
    country = dice.choice(list(_BBANS))
    body = digits(dice, _BBANS[country])
    value = int("".join(str(int(sign, 36)) for sign in f"{body}{country}00"))
    number = f"{country}{98 - value % 97:02}{body}"
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if dice.random() < 0.5 else number


def ip(dice: random.Random) -> str:
    if dice.random() < 0.6:
        return ".".join(str(dice.randint(0, 255)) for _ in range(3)) + f".{dice.randint(20, 255)}"
    groups = [f"{dice.getrandbits(16):x}" for _ in range(8)]
    return ":".join(groups) if dice.random() < 0.6 else f"{groups[0]}:{groups[1]}::{groups[6]}"


def ssn(dice: random.Random) -> str:
    area, group, serial = dice.choice((dice.randint(1, 665), dice.randint(667, 899))), dice.randint(1, 99), dice.randint(1, 9999)
    return dice.choice(("-", "-", " ", "")).join((f"{area:03}", f"{group:02}", f"{serial:04}"))


def url(dice: random.Random) -> str:
    top = dice.choice(("com", "org", "net", "info", "biz", "co.uk", "io", "de"))
    host = f"{dice.choice(_FAMILY)}{dice.choice(('', '-shop', '-group'))}.{top}"
    path = dice.choice(("", "/", "/help/page", "/orders?id=4711", "/a/b.html#top", f"/u/{dice.choice(_GIVEN)}"))
    return dice.choice(("https://", "http://", "https://www.", "www.", "http://www.", "")) + host + path


def _code(dice: random.Random, length: int) -> str:
    return "".join(dice.choice(string.ascii_uppercase + string.digits) for _ in range(length))


def _said(*templates: str) -> Callable[[random.Random], str]:
    return lambda dice: digits(dice, dice.choice(templates)).replace("@@", _code(dice, 2)).replace("~~", _code(dice, 6))


#: Sentences with numbers and codes of things.
HARMLESS: tuple[Callable[[random.Random], str], ...] = (
    _said(
        "I updated to version 4.12.#.",
        "The app is on v2.1#.0.1 now.",
        "Firmware 10.0.1#.4 is installed.",
        "Chrome 12#.0.60##.109 crashes.",
        "iOS 17.#.1 here, build 2#A###.",
    ),
    _said(
        "The SKU is AB-%###-%####.",
        "SKU %#######%##",
        "Article 4%##.%##.%# in white.",
        "Item number %######.",
        "Part %##-%####-%## is missing.",
        "EAN 40########%##",
    ),
    _said(
        "Serial number SN%########.",
        "S/N: %###-%###-%###-%###",
        "The serial is C02@@%#~~.",
        "IMEI 35%############",
        "MAC 00:1a:2b:3c:4d:5e",
        "Serial: 5#########",
    ),
    _said("Flight LH%## was late.", "I was on BA %### to Rome.", "Flight UA%### at 10:%#", "Train ICE %## from gate 1#."),
    _said(
        "Ticket #%######## is still open.",
        "My case 0%####### was closed.",
        "Ticket %##%###### has no answer.",
        "Reference %###-%###-%###.",
        "Incident INC00%######",
        "Ref: ~~%##",
    ),
    _said(
        "Order %########## has not shipped.",
        "My order number is %##%######.",
        "Order #%###-%#######-%####### is late.",
        "order no. 1#########%",
        "Purchase order PO-%######.",
        "Booking ~~ is confirmed.",
    ),
    _said(
        "Tracking number 1Z@@%A##########%.",
        "Tracking: 9400 1### #### #### #### ##",
        "The tracking id is %###########.",
        "Parcel 00340%##############",
        "tracking JD0146#########%",
    ),
    _said(
        "It costs $1,2##.99 in the shop.",
        "The total was 1.2##,50 EUR.",
        "I paid £%##.00 on it.",
        "Refund of $%#.## please.",
        "Price: %###.%# USD",
        "They charged 12%,%##.00 yen.",
    ),
    _said(
        "Delivery was due 2026-11-%0 10:3#:00.",
        "It came on 03/04/2026 at 14:3#.",
        "Since 12.11.2026 it is broken.",
        "Open 9:00-17:30 on 24/12.",
        "Logged at 2026-01-0% 08:15:%#.%##",
        "timestamp 17%########",
        "Dated 20261%01.",
    ),
    _said(
        "It measures 120 x 80 x 4# cm.",
        "The box is 30x20x1# and weighs 12.%# kg.",
        "Resolution 1920x10%0.",
        "Position 48.1351%#, 11.58%#98.",
        "lat 40.7128%# lon -74.0060%#",
    ),
    _said(
        "Model XPS-13-9%## is great.",
        "My WH-1000XM%.",
        "The TL-WR840N v%.",
        "Model number 5%##-%###-%##.",
        "Galaxy S2#, model SM-G99%B.",
    ),
    _said(
        "I would score it 9/10, or 95%.",
        "We won 3-2 and 21-1%.",
        "It has 4.% of 5 stars from 12,%## reviews.",
        "Year 20#%, founded 19%#.",
        "Top 10 of 20%#",
        "It was 1,234,5## views.",
    ),
    _said(
        "Error 0x8007%###, code 5##.",
        "HTTP 404 and error 10#54.",
        "The log says line 12%#, column 4#.",
        "Error code: %###-%###-%###",
        "Node.js 2#.1.0 and asp.net fail.",
        "Chapter 3.2.1.%.",
    ),
    _said(
        "Gift card %###-~~ does not work.",
        "Coupon SAVE%0 is expired.",
        "Voucher code ~~-~~-%###",
        "Invoice INV-2026-%####.",
        "Invoice %######### is wrong.",
        "The contract 4%#-%####-## ends.",
    ),
    _said(
        "The meter reads %###### now.",
        "Policy %########## covers it.",
        "Batch 2#%##%##, lot %#####.",
        "Use the 2.4 GHz or 5 GHz band.",
        "Room 4%#, floor 1#.",
        "ISBN 978-3-16-1484%#-0.",
    ),
    _said(
        "Is this my last chance?",
        "Password reset is not working, the pin board broke.",
        "This is Ridiculous.",
        "I am Very disappointed.",
        "My account is locked.",
        "Thanks, The whole family",
    ),
)
