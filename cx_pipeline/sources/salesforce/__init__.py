"""Salesforce Service and Sales Cloud, as the CSV of its export tools."""

from cx_pipeline.sources.salesforce.accounts import ACCOUNT
from cx_pipeline.sources.salesforce.cases import CASE
from cx_pipeline.sources.salesforce.contacts import CONTACT
from cx_pipeline.sources.salesforce.leads import LEAD
from cx_pipeline.sources.salesforce.opportunities import OPPORTUNITY
from cx_pipeline.sources.salesforce.users import USER

__all__ = ["ACCOUNT", "CASE", "CONTACT", "LEAD", "OPPORTUNITY", "USER"]
