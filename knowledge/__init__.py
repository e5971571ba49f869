"""What Plainscan knows, and how it is found."""

import os

# ONNX Runtime reports each start to its maker, unless this is set before it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
