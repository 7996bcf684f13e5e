#ifndef MONGOOSE_CORE_BASE_ROW_ID_H_
#define MONGOOSE_CORE_BASE_ROW_ID_H_

#include <cstdint>

namespace mongoose {

// Names a row of an index, in [0, num_rows).
using RowId = std::uint32_t;

// The bucket of a vector in one table, in [0, 2^bits_per_table).
using Code = std::uint16_t;

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ROW_ID_H_
