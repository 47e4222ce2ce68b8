"""Celery only: what runs when. Bodies are short and decide nothing; a lost or doubled message costs nothing.

app.py         the Celery application and its settings, each with its reason
process.py     what every worker process builds once, after the fork
dispatch.py    something is due: publish a few empty pull messages
reconcile.py   pull: claim due tickets and reconcile each
poll.py        repair lost webhooks from the incremental export
upkeep.py      ended leases, heartbeats, changed rules, resync of an emptied index, mail that was set aside, maintenance
"""
