"""All automations by name. A new one is a file beside this one, a line here and a test file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from zdsync.core.automation import Automation
from zdsync.core.automations.acknowledgement import ACKNOWLEDGEMENT
from zdsync.core.automations.confirmation_hold import CONFIRMATION_HOLD
from zdsync.core.automations.controls import CONTROLS
from zdsync.core.automations.incident_report import INCIDENT_REPORT
from zdsync.core.automations.intake import INTAKE
from zdsync.core.automations.mailed_files import MAILED_FILES
from zdsync.core.automations.maintenance import MAINTENANCE
from zdsync.core.automations.major_incident import MAJOR_INCIDENT
from zdsync.core.automations.outage_mail import OUTAGE_MAIL
from zdsync.core.automations.sla_targets import SLA_TARGETS
from zdsync.core.automations.update_cadence import UPDATE_CADENCE

AUTOMATIONS: Final[Mapping[str, Automation[Any]]] = MappingProxyType(
    {
        automation.name: automation
        for automation in (
            MAILED_FILES,
            ACKNOWLEDGEMENT,
            INTAKE,
            SLA_TARGETS,
            UPDATE_CADENCE,
            CONFIRMATION_HOLD,
            MAJOR_INCIDENT,
            MAINTENANCE,
            OUTAGE_MAIL,
            INCIDENT_REPORT,
            CONTROLS,
        )
    }
)
