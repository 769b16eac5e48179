"""Floor 4: the door to MLflow. What it cannot do, or does too loudly, is made good here."""
