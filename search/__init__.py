"""Search of trials: commands are verbs, parts are nouns."""

import os

# Settings of Ray, Ray Tune and MLflow. They stand here because Ray reads some of them on import. A
# value that the user has set stays.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the sweep's log takes their place
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # and of Ray's snapshots
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # the command handles Ctrl-C
    "TUNE_WARN_THRESHOLD_S": "3600",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # keeps a killed worker's messages off the view
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # `uv run` would pack and send the working directory
    "RAY_AIR_NEW_OUTPUT": "0",  # the new output prints tables even when silenced
}

for _name, _value in ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
