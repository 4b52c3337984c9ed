"""Why users may not set an entry; shown with the entry and in the refusal."""

LIVE_VIEW = "live view belongs to the service: start and stop it there"
SHUTTER = "photos are taken by the service: request a capture instead"
CONNECTION = "the connection to the camera depends on it"
TARGET = "the service decides where photos go: set capture_target in its configuration"
