"""judge_many.py JUDGE_SCRIPT: runs an outside judge's own program once per line of standard input (the metadata file) in one Python
process, and prints each report as one line, in order. The program ends with os._exit, which is caught."""
import contextlib
import io
import json
import os
import runpy
import sys


class Exited(BaseException):
    pass


def leave(_status):
    raise Exited


script, reports = sys.argv[1], sys.stdout
real_exit, os._exit = os._exit, leave
sys.path.insert(0, os.path.dirname(script))
for line in sys.stdin:
    sys.argv = [script, line.rstrip("\n")]
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            runpy.run_path(script, run_name="__main__")
    except Exited:
        pass
    except BaseException as error:  # one table's failure is its own report
        text = io.StringIO(json.dumps({"ok": False, "error": f"{type(error).__name__}: {error}"}))
    print(json.dumps(json.loads(text.getvalue())), file=reports, flush=True)
real_exit(0)
