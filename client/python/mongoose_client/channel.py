"""How clients connect."""

_MAX_MESSAGE_BYTES = 256 << 20

# Calls are tried again while the server is away (CANCELLED: gRPC's answer to
# calls that arrive as a server shuts down); update streams have a replay of
# their own.
CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.service_config", """{"methodConfig": [{
       "name": [{"service": "mongoose.v1.IndexService", "method": "Update"}]
     }, {
       "name": [{"service": "mongoose.v1.IndexService"}],
       "retryPolicy": {"maxAttempts": 5, "initialBackoff": "0.1s",
                       "maxBackoff": "2s", "backoffMultiplier": 2,
                       "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}]}"""),
]
