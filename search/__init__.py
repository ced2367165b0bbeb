"""How trials are searched: commands are verbs, parts are nouns."""

import os

# What Ray, Ray Tune and MLflow are told. It stands here since Ray reads some of it when imported;
# what the user set is left.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the sweep's log takes their place
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # and that of Ray's snapshots
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C is answered by the command
    "TUNE_WARN_THRESHOLD_S": "3600",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # so that a killed worker's story is not told over the view
    "RAY_AIR_NEW_OUTPUT": "0",  # its tables come even when told to be silent
}

for _name, _value in ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
