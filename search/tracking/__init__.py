"""A sweep in MLflow. Nothing else imports MLflow."""
