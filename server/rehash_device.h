#ifndef MONGOOSE_SERVER_REHASH_DEVICE_H_
#define MONGOOSE_SERVER_REHASH_DEVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/cuda/device.h"

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// The device that pools.rehash_backend names; null for "cpu".  Unavailable,
// with the reason, where it is not there.  REQUIRES: config from LoadConfig.
absl::StatusOr<std::unique_ptr<const Device>> OpenDevice(
    const v1::PoolConfig& pools);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_REHASH_DEVICE_H_
