#include "server/key_pair.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace mongoose::server {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio View(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
          &BIO_free};
}

}  // namespace

bool IsKeyPair(const std::string& certificate, const std::string& key) {
  const Bio certificate_text = View(certificate);
  const Bio key_text = View(key);
  const Certificate first(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr),
      &X509_free);
  const Key parsed(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr),
      &EVP_PKEY_free);
  const bool matches = first != nullptr && parsed != nullptr &&
                       X509_check_private_key(first.get(), parsed.get()) == 1;
  ERR_clear_error();
  return matches;
}

}  // namespace mongoose::server
