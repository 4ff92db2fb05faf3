"""Starts MiniStack 1.5.33 (`python launcher.py PROXY_PORT`) with two differences, each checked against the text it changes:

1. A Node function's error keeps its name as `errorType`, as Lambda does; MiniStack says `Runtime.HandlerError` for all of them.
2. Queue URLs name the proxy's port, because the SDK sends to where a queue's URL says: so that calls to SQS pass the proxy, too.

Configuration is MiniStack's own (GATEWAY_PORT, BIND_HOST, MINISTACK_HOST, AWS_ENDPOINT_URL: where functions send their calls).
"""

import sys

import ministack.core.lambda_runtime as runtime
import ministack.services.lambda_svc as lambdas
import ministack.services.sqs as queues

MARK = "\x01"


def name_errors() -> None:
    said = "error: String(err.message || err)"
    script = runtime._NODEJS_WORKER_SCRIPT
    if script.count(said) != 1:
        raise SystemExit("launcher.py: the Node worker of this MiniStack is not that of 1.5.33")
    named = 'error: "\\u0001" + ((err && err.name) || "Error") + "\\u0001" + String((err && err.message) || err)'
    runtime._NODEJS_WORKER_SCRIPT = script.replace(said, named)
    execute = lambdas._execute_function_warm

    def execute_named(*args, **options):
        result = execute(*args, **options)
        body = result.get("body") if isinstance(result, dict) else None
        if isinstance(body, dict) and str(body.get("errorMessage", "")).startswith(MARK):
            _, name, message = body["errorMessage"].split(MARK, 2)
            body.update(errorMessage=message, errorType=name, trace=[])
        return result

    lambdas._execute_function_warm = execute_named


def send_queues_through(port: str) -> None:
    if not all(hasattr(queues, name) for name in ("DEFAULT_PORT", "DEFAULT_HOST", "_CANONICAL_NETLOC")):
        raise SystemExit("launcher.py: the queues of this MiniStack are not those of 1.5.33")
    queues.DEFAULT_PORT = port
    queues._CANONICAL_NETLOC = f"{queues.DEFAULT_HOST}:{port}"


if __name__ == "__main__":
    name_errors()
    send_queues_through(sys.argv[1])
    sys.argv[1:] = []
    from ministack.app import main

    main()
