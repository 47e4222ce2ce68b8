"""What the worker's log says it did, in the story's words: a message is no longer told by its name and key."""

from __future__ import annotations

import re
from typing import Final

_SAID: Final = re.compile(r"tell the (?:agents|customer): (\S+) \((\S+)\)")
"""A message as the log tells it: by the name of its text and its key, which are for looking up."""
_CREATED: Final = re.compile(r"create (\d+) notices of ([a-z]+)-\S+")
_OPENED: Final = re.compile(r"open (\d+) tasks")

_NOTES: Final = {
    "acknowledgement.received": "tells the customer that it has come in",
    "acknowledgement.targets": "tells the customer by when to expect what",
    "intake.ask": "asks the customer for what the request lacks",
    "intake.found": "writes an internal note: what the request contains and lacks",
    "sla_targets.set": "writes an internal note: the targets",
    "sla_targets.warning": "warns the agents in an internal note",
    "sla_targets.breach": "writes an internal note: a target was missed",
    "sla_targets.born": "writes an internal note: a target was past before the priority was set",
    "sla_targets.no_priority": "writes an internal note: the priority is missing",
    "update_cadence.soon": "reminds the agents in an internal note: an update is promised",
    "update_cadence.lapsed": "writes an internal note: a promised update was not given",
    "update_cadence.escalated": "escalates in an internal note: several promised updates were not given",
    "update_cadence.holding": "tells the customer that it is still worked on",
    "confirmation_hold.ask": "asks the customer whether it is completed",
    "confirmation_hold.chase": "reminds the customer of the question",
    "confirmation_hold.reply": "writes an internal note: what the customer's reply was taken for",
    "confirmation_hold.unanswered": "gives it back to the agents with an internal note: no answer",
    "confirmation_hold.again": "writes an internal note: still no confirmation",
    "confirmation_hold.flips": "writes an internal note: it keeps being solved",
    "confirmation_hold.given_back": "gives it back to the agents with an internal note: a rule keeps solving it",
    "confirmation_hold.overridden": "records in an internal note that an agent decided",
    "confirmation_hold.link_answer": "records in an internal note what was answered by the link",
    "mailed_files.merging": "writes an internal note: this mail is merged into the ticket that it names",
    "mailed_files.added": "adds a mail and its files in an internal note",
    "mailed_files.proposal": "proposes in an internal note where a mail may belong",
    "mailed_files.set_aside": "points out in an internal note that Zendesk has set aside a mail for it",
    "mailed_files.told": "tells the customer where their mail has gone",
    "controls.answer": "answers the command in an internal note",
    "major_incident.countdown": "writes an internal note: all contacts are told of the outage after a countdown",
    "major_incident.held": "asks in an internal note whether the contacts are to be told of the outage",
    "major_incident.go": "writes an internal note: the contacts are told of the outage now, and promised an update",
    "major_incident.canary": "writes an internal note: the first notices are out, all others follow after a pause",
    "major_incident.failing": "stops the notices with an internal note: too many reach nobody",
    "major_incident.stopped": "writes an internal note: the notices are stopped",
    "major_incident.told": "writes an internal note: every contact has been told",
    "major_incident.files": "writes an internal note: contacts get the words of an update, its files not",
    "major_incident.untold": "writes an internal note: no agent has solved it, so no contact is told that it is over",
    "major_incident.reopened": "writes an internal note: it is open again, and customers think that it is over",
    "major_incident.merged": "writes an internal note: a running major incident was merged into this ticket",
    "major_incident.soon": "reminds the agents in an internal note: all contacts are promised an update",
    "major_incident.lapsed": "writes an internal note: the update promised to all contacts was not given",
    "major_incident.answered": "writes an internal note: a contact has answered, so this is a request now",
    "major_incident.subject": "gives the customer a subject: the outage",
    "major_incident.notice": "tells the customer of the outage",
    "major_incident.update": "passes on to the customer what the agents have written about the outage",
    "major_incident.holding": "tells the customer that the outage is still worked on",
    "major_incident.resolved": "tells the customer that the outage is over",
    "outage_mail.batch": "writes an internal note: contacts are mailed now, outside of Zendesk",
    "outage_mail.impossible": "writes an internal note: there is no mail server by which to reach contacts",
    "outage_mail.subject": "gives the customer the subject of a mail outside of Zendesk: the outage",
    "outage_mail.text": "mails the customer outside of Zendesk about the outage",
    "maintenance.step": "writes an internal note: how far the maintenance is",
    "maintenance.solved": "writes an internal note: the maintenance is over, and all have heard of it",
    "maintenance.trouble": "writes an internal note: the maintenance needs somebody's word",
    "maintenance.subject": "gives the customer a subject: the maintenance",
    "maintenance.notice": "announces the maintenance to the customer in full",
    "maintenance.reminded": "reminds the customer of the maintenance",
    "maintenance.started": "tells the customer that the maintenance has started",
    "maintenance.changed": "tells the customer that the maintenance has other times",
    "maintenance.extended": "tells the customer that the maintenance takes longer",
    "maintenance.completed": "tells the customer that the maintenance is completed",
    "maintenance.cancelled": "tells the customer that the maintenance is off",
    "incident_report.ask": "asks the agents for the incident report in an internal note",
    "incident_report.late": "reminds the agents of the incident report in an internal note",
    "incident_report.refused": "writes an internal note: the incident report cannot be sent as it is",
    "incident_report.approved": "puts the approved incident report onto the ticket with an internal note",
    "incident_report.subject": "gives the customer a subject: the incident report",
    "incident_report.notice": "sends the customer the incident report",
}

_STEPS: Final = {
    "announced": "it is announced",
    "sent": "everybody has been told",
    "changed": "it has other times",
    "reminded": "it is near",
    "started": "it has started",
    "extended": "it ends at another time",
    "completed": "it is completed",
    "cancelled": "it is off",
}
"""Of a maintenance: the third part of the key of its note."""

_NOTICES: Final = {
    "outage": "tells {} contacts of the outage, each in a ticket of their own",
    "maintenance": "announces the maintenance to {} contacts, each in a ticket of their own",
    "report": "sends the incident report to {} key contacts, each in a ticket of their own",
}


def readable(words: str) -> str:
    """What stands in the log under `did`, as it is told; what is plain there stays as it is."""
    if said := _SAID.fullmatch(words):
        name, key = said.groups()
        step = _STEPS.get(key.split(":")[2]) if name == "maintenance.step" and key.count(":") > 1 else None
        return f"writes an internal note on the maintenance: {step}" if step else _NOTES.get(name, words)
    if created := _CREATED.fullmatch(words):
        return _NOTICES.get(created[2], words).format(created[1])
    if opened := _OPENED.fullmatch(words):
        return f"opens {opened[1]} tasks: what is to prevent another outage"
    return words
