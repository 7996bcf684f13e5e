#ifndef MONGOOSE_SERVER_KEY_PAIR_H_
#define MONGOOSE_SERVER_KEY_PAIR_H_

#include <string>

namespace mongoose::server {

// Whether `key` is the private key of the first certificate; both PEM.  False
// if either cannot be read.
bool IsKeyPair(const std::string& certificate, const std::string& key);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_KEY_PAIR_H_
