"""Words that say what a number is when they stand nearest to it, shared by detectors as what speaks against them."""

from __future__ import annotations

#: Numbers of things, not of people.
THINGS = (
    *("order", "orders", "ticket", "case", "invoice", "tracking", "track", "sku", "serial", "s/n", "sn", "model", "part", "p/n"),
    *("flight", "version", "build", "release", "firmware", "driver", "article", "item", "product", "asin", "isbn", "issn", "ean"),
    *("upc", "gtin", "barcode", "reference", "ref", "booking", "reservation", "pnr", "confirmation", "shipment", "parcel"),
    *("package", "consignment", "waybill", "awb", "dispatch", "batch", "lot", "rma", "po", "purchase order", "quote", "receipt"),
    *("transaction", "txn", "payment id", "request", "incident", "issue", "bug", "claim", "job", "task", "project", "contract"),
    *("policy", "imei", "imsi", "meid", "mac", "iccid", "sim", "device", "error", "code", "error code", "coupon", "voucher"),
    *("promo", "gift card", "event", "session", "correlation", "trace", "commit", "revision", "patch", "chapter", "section"),
    *("page", "room", "seat", "gate", "train", "bus", "locker", "warehouse", "bin", "shelf", "catalogue", "catalog", "vin"),
    *("plate", "hash", "checksum", "score", "points", "id", "uuid", "guid", "bestellnummer", "auftrag", "rechnung", "sendung"),
    *("commande", "facture", "pedido", "factura", "ordine", "timestamp", "epoch", "coordinates", "latitude", "longitude"),
    *("gps", "lat", "lon", "lng", "resolution", "dimensions", "size", "measures", "weighs", "weight", "priced", "price"),
    *("costs", "cost", "total", "amount", "paid", "charged", "refund of", "balance", "usd", "eur", "gbp", "delivery number"),
    *("number plate", "fw", "rev", "ver", "vers", "docket", "manifest", "pallet", "container", "stock", "inventory", "asset"),
    *("log", "row", "line", "record", "entry", "port", "process", "pid", "thread", "byte", "bytes", "views", "followers"),
    *("reading", "meter", "mileage", "odometer", "km", "miles", "population", "votes", "match", "standard"),
)
#: What a program or a device calls its own edition: four numbers with dots are no address behind these.
EDITIONS = (
    *("version", "versions", "ver", "vers", "v", "build", "release", "firmware", "fw", "driver", "drivers", "rev", "revision"),
    *("patch", "update", "updated", "upgrade", "upgraded", "upgrading", "app", "software", "chrome", "firefox", "safari", "edge"),
    *("android", "ios", "windows", "macos", "bios", "section", "chapter", "clause", "sdk", "api", "plugin", "kernel", "os"),
    *("from version", "downgraded", "downgrade", "rolled back", "requires", "package", "library", "library version", "model"),
)
PHONE = (
    *("phone", "phones", "telephone", "tel", "mobile", "mob", "cell", "cellphone", "cell phone", "fax", "call", "called"),
    *("calling", "calls", "whatsapp", "text me", "text", "texted", "sms", "dial", "dialled", "dialed", "ring", "rang", "reach"),
    *(
        "reach me",
        "reached",
        "contact me",
        "contact us",
        "contact number",
        "contact",
        "hotline",
        "landline",
        "my number",
        "voicemail",
    ),
    *("telefon", "telefonnummer", "handy", "handynummer", "teléfono", "telefono", "téléphone", "móvil", "celular"),
    *("rufnummer", "my number is", "callback", "call back", "phone number", "mobile number", "telephone number", "my new number"),
    *("tel no", "phone no", "mobile no", "helpline", "toll free", "toll-free", "ph"),
    *("rückruf", "anrufen", "erreichbar", "gsm", "viber", "telegram", "direct line"),
)
CARD = (
    *("card", "cards", "credit card", "debit card", "card number", "visa", "mastercard", "amex", "american express", "maestro"),
    *("discover", "diners", "jcb", "cc", "cc number", "kreditkarte", "kartennummer", "carte", "carte bancaire", "tarjeta"),
    *("carta", "charged to", "pay with", "paid with", "paying with", "pan", "ending"),
)
BANK = (
    "iban",
    "bank",
    "bank account",
    "account",
    "konto",
    "kontonummer",
    "compte",
    "cuenta",
    "acct",
    "bic",
    "swift",
    "sort code",
)
