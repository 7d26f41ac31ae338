"""The columns of the admin's export of orders."""

from __future__ import annotations


def _address(kind: str) -> tuple[str, ...]:
    parts = ("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone")
    return tuple(f"{kind} {part}" for part in parts)


HEADER = (
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing", "Currency"),
    *("Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method", "Created at"),
    *("Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku"),
    *("Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status"),
    *_address("Billing"),
    *_address("Shipping"),
    *("Notes", "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor"),
    *("Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source", "Lineitem discount"),
    *(f"Tax {place} {part}" for place in range(1, 6) for part in ("Name", "Value")),
    *("Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name", "Payment ID"),
    *("Payment Terms Name", "Next Payment Due At", "Payment References"),
)
