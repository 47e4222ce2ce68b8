"""Rule stories: played against the sandbox with the decisions of the worker, judged, and shown. For `zdsync test`.

`stage.py` has the account, `play.py` lets things happen, `judge.py` holds what came of it against what is expected,
`show.py` tells it. What a story may say is in `zdsync/rules/story_models.py`.
"""
