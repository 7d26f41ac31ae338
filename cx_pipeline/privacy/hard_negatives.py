"""Made-up messages full of numbers and codes of things: whatever is masked in them is masked for nothing.

Each shape is a sentence with a pattern: `#` is any digit, `%` one from 1 to 9, `@` a capital letter.
"""

from __future__ import annotations

import random

import polars as pl

SHAPES: dict[str, tuple[str, ...]] = {
    "version": ("I updated to version %.##.# today.", "The app is on v%.#.## since Monday.", "Running release %#.#.###.##."),
    "build": ("It is build %####.%### of the client.", "The build number says %#@###."),
    "firmware": ("Firmware %#.#.%#.# is installed.", "The router has firmware V%.#.#_%#."),
    "browser": ("Chrome %##.#.####.### crashes.", "Firefox %##.# shows nothing."),
    "operating system": ("I am on iOS %#.#.# here.", "Windows %# build %####.%### does it too."),
    "sku": ("The SKU is @@-%###-%####.", "SKU %#######%## is sold out.", "It is SKU @@@%####."),
    "article": ("Article %##.%##.## in white.", "Item number %######, please.", "Article no. %###-%## is wrong."),
    "part": ("Part %##-%####-## is missing.", "Spare part @%####@ does not fit."),
    "ean": ("The EAN is 40########%##.", "Barcode 0 ##### ##### #."),
    "isbn": ("ISBN 978-3-16-14####-#.", "The book has ISBN 0-%##-####%-#."),
    "serial": ("Serial number SN%########.", "S/N: %###-%###-%###-%###", "The serial is C02@@%#@@@."),
    "imei": ("IMEI 35%############ is on the box.", "The IMEI reads 86%###/##/######/#."),
    "mac": ("The MAC is 00:1a:2b:%c:4d:%e.", "Device 3c-%f-4a-##-aa-0#."),
    "flight": ("Flight LH%## was late.", "I was on BA %### to Rome.", "Flight UA%### at 10:%#."),
    "train": ("Train ICE %## from gate 1#.", "The TGV %### did not stop."),
    "seat": ("Seat %#@, coach %#.", "We had row %# seats C and D."),
    "ticket": ("Ticket %#######, still open.", "Ticket #%##%###### has no answer.", "My case 0%####### was closed."),
    "incident": ("Incident INC00%###### is waiting.", "See REQ%###### and TASK%######."),
    "reference": ("Reference %###-%###-%###.", "Ref: @@%##@ from last week."),
    "order": ("Order %########## has not shipped.", "Order #%###-%#######-%####### is late.", "Purchase order PO-%######."),
    "invoice": ("Invoice INV-2026-%####.", "Invoice %######### is wrong.", "Bill no. %###/2026 came twice."),
    "voucher": ("Gift card %###-@@@@ does not work.", "Coupon SAVE%0 is expired.", "Voucher code @@@-@@@-%###."),
    "tracking": ("Tracking number 1Z@@%@##########%.", "Tracking: 9400 1### #### #### #### ##", "Parcel 00340%##############."),
    "tracking id": ("The tracking id is %###########.", "tracking JD0146#########% says nothing."),
    "price": ("It costs $%,###.99 in the shop.", "The total was %.###,## EUR.", "I paid \u00a3%##.00 on it."),
    "amount": ("Refund of $%#.## please.", "They charged %#,###.00 yen.", "Price: %###.## USD"),
    "discount": ("It should be %#% off.", "A %#.#% discount on %# pieces."),
    "time": ("It was due at %#:3# this morning.", "Open 9:00-17:%# every day.", "At 08:15:%#.### it stopped."),
    "date": ("It came on 0%/04/2026.", "Since 1%.11.2026 it is broken.", "Delivery was due 2026-11-1%."),
    "moment": ("Logged at 2026-01-0%T08:1#:%#Z.", "On 2026-11-1# 10:3#:00 it failed."),
    "timestamp": ("timestamp 17%######## in the log", "epoch 17%########### there"),
    "size": ("It measures 1%# x 8# x 4# cm.", "The box is 30x20x1# and weighs %#.# kg."),
    "resolution": ("Resolution 1920x10%# flickers.", "A %###x%### picture at 60 Hz."),
    "position": ("Position 48.1351%#, 11.58%#98.", "lat 40.7128%# lon -74.0060%#"),
    "model": ("Model XPS-13-9%## is great.", "My WH-1000XM% is silent.", "Model number 5%##-%###-%##."),
    "telephone model": ("Galaxy S2#, model SM-G99%@.", "An iPhone 1% with 128 GB."),
    "score": ("I would score it %/10, or 9%%.", "It has 4.% of 5 stars from %#,### reviews."),
    "result": ("We won 3-2 and 21-1%.", "Top 10 of 20%#."),
    "year": ("Built in 19%#, sold in 20%#.", "The 20%#/2% season was fine."),
    "error": ("Error 0x8007%###, code 5##.", "HTTP 404 and error 10#54.", "Error code: %###-%###-%###"),
    "log": ("The log says line 12%#, column 4#.", "Thread 0x%#@# at offset %#####."),
    "meter": ("The meter reads %###### now.", "Reading: %####.# kWh on day %#."),
    "policy": ("Policy %########## covers it.", "The contract 4%#-%####-## ends."),
    "batch": ("Batch 2#%##%##, lot %#####.", "Lot L%####@ is bad."),
    "room": ("Room 4%#, floor 1#.", "Locker %### at station %#."),
    "quantity": ("We need %## pieces by week %#.", "Views: %,###,### so far."),
    "network": ("Use the 2.4 GHz or 5 GHz band.", "Port %### is closed, mask 255.255.255.0."),
    "chapter": ("Chapter %.#.#.% says it.", "Section %#(#)(b) applies."),
    "uuid": ("id %#a#b%c#-4f#e-4%a#-9b#c-%#d#e##f%#a#", "trace 4bf92f35%#b34da6a3ce929d0e0e%#36"),
    "hash": ("commit %f#a9c#e in main", "checksum 9e107d9d%#2bb6826bd81d35%#a419d6"),
    "zip file": ("The file export_2026%#_%##.zip is empty.", "IMG_20261%0#_1%#5##.jpg is blurred."),
    "hotline hours": ("Nobody answered from 8-%# on 24/12.", "Waited %# minutes on hold, twice."),
}
_OPENINGS = (
    "Hello, I have been waiting for an answer for quite a while now.",
    "Hi there, the status page says that it was handed over.",
    "Good morning, the app closes itself whenever I open the settings.",
    "I would like to return it because the label does not print.",
    "Your last reply did not help, it still restarts.",
)
_CLOSINGS = ("Please let me know what happens next.", "I expect this to be solved soon.", "That is all for now.", "")
_CAPITALS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def hard_negatives(count: int = 5_200, seed: int = 1) -> pl.DataFrame:
    """So many messages, every shape as often as the others: `shape, text`; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311  # nothing secret
    names = list(SHAPES)
    rows = []
    for number in range(count):
        shape = names[number % len(names)]
        said = _filled(dice, dice.choice(SHAPES[shape]))
        rows.append((shape, f"{dice.choice(_OPENINGS)} {said} {dice.choice(_CLOSINGS)}".strip()))
    return pl.DataFrame(rows, schema={"shape": pl.String, "text": pl.String}, orient="row")


def _filled(dice: random.Random, pattern: str) -> str:
    signs = {
        "#": lambda: str(dice.randint(0, 9)),
        "%": lambda: str(dice.randint(1, 9)),
        "@": lambda: dice.choice(_CAPITALS),
    }
    return "".join(signs[sign]() if sign in signs else sign for sign in pattern)
