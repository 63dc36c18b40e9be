"""Answers requests from python.ts: one JSON line each, {"call": function, "values": its arguments}."""

import json
import sys
import traceback


def answer(*functions):
    """Serves these functions until the input ends. What libraries print goes to stderr."""
    replies = sys.stdout
    sys.stdout = sys.stderr
    table = {function.__name__: function for function in functions}
    print(json.dumps({"result": "ready"}), file=replies, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"result": table[request["call"]](**request["values"])}
        except Exception:
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), file=replies, flush=True)
