// Every malformed query or spec gets the most specific status.
#include <cmath>
#include <functional>
#include <string>

#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

std::string Bytes(std::vector<std::uint32_t> values) {
  return client::ToBytes(std::span<const std::uint32_t>(values));
}

struct BadQuery {
  std::string name;
  std::function<void(v1::QueryNeuronsRequest&)> spoil;
  grpc::StatusCode code;
  std::string message;
};

class BadQueryTest : public ServerFixture,
                     public ::testing::WithParamInterface<BadQuery> {};

TEST_P(BadQueryTest, GetsItsStatus) {
  StartServer({"limits.max_batch=1000"});
  CreateLoaded("layer");
  v1::QueryNeuronsRequest request = QueryFor("layer", 7);
  GetParam().spoil(request);
  grpc::ClientContext context;
  v1::QueryNeuronsResponse response;
  const grpc::Status status = stub_->QueryNeurons(&context, request, &response);
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr(GetParam().message));
  EXPECT_NE(ReasonOf(status), "");
}

const BadQuery kBadQueries[] = {
    {"UnknownIndex", [](auto& q) { q.set_index("nobody"); },
     grpc::StatusCode::NOT_FOUND, "there is no index \"nobody\""},
    {"EmptyBatch",
     [](auto& q) { *q.mutable_queries() = client::ToMatrix({}, 0); },
     grpc::StatusCode::INVALID_ARGUMENT, "queries.rows must be > 0"},
    {"WrongDim",
     [](auto& q) {
       *q.mutable_queries() = client::ToMatrix(std::vector<float>(7), 1);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "queries.cols must be 8, got 7"},
    {"BatchTooLarge",
     [](auto& q) {
       *q.mutable_queries() =
           client::ToMatrix(std::vector<float>(8 * 1001), 1001);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "queries.rows must be <= 1000"},
    {"NotANumber",
     [](auto& q) {
       *q.mutable_queries() = client::ToMatrix(std::vector<float>(8, NAN), 1);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "queries must be finite"},
    {"ShortValues",
     [](auto& q) { q.mutable_queries()->mutable_values()->resize(31); },
     grpc::StatusCode::INVALID_ARGUMENT, "1 * 8 * 4, got 31"},
    {"LabelsWithoutOffsets", [](auto& q) { q.set_label_ids(Bytes({1})); },
     grpc::StatusCode::INVALID_ARGUMENT, "label_ids must be empty"},
    {"OffsetsTooFew", [](auto& q) { q.set_label_offsets(Bytes({0})); },
     grpc::StatusCode::INVALID_ARGUMENT, "batch + 1 = 2 values, got 1"},
    {"OffsetsDecrease",
     [](auto& q) {
       *q.mutable_queries() = client::ToMatrix(std::vector<float>(16), 2);
       q.set_label_offsets(Bytes({0, 2, 1}));
       q.set_label_ids(Bytes({1}));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "must not decrease, got 2 before 1"},
    {"OffsetsDoNotStartAtZero",
     [](auto& q) {
       q.set_label_offsets(Bytes({1, 1}));
       q.set_label_ids(Bytes({1}));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "must go from 0"},
    {"LabelTooLarge",
     [](auto& q) {
       q.set_label_offsets(Bytes({0, 1}));
       q.set_label_ids(Bytes({200}));
     },
     grpc::StatusCode::OUT_OF_RANGE, "label_ids[0] must be < 200, got 200"},
    {"MinHitsZero", [](auto& q) { q.mutable_plan()->set_min_hits(0); },
     grpc::StatusCode::INVALID_ARGUMENT, "plan.min_hits must be 1..127"},
    {"TooManyProbes", [](auto& q) { q.mutable_plan()->set_num_probes(7); },
     grpc::StatusCode::INVALID_ARGUMENT, "plan.num_probes must be 0..6"},
    {"TooManyActive", [](auto& q) { q.mutable_plan()->set_num_active(70000); },
     grpc::StatusCode::INVALID_ARGUMENT, "plan.num_active must be 0..65536"},
    {"SketchThatIsNotKept",
     [](auto& q) { q.mutable_plan()->set_propose(v1::PROPOSE_FROM_SKETCH); },
     grpc::StatusCode::INVALID_ARGUMENT, "hash.sketch_bits > 0"},
    {"UnknownPropose",
     [](auto& q) {
       q.mutable_plan()->set_propose(static_cast<v1::ProposeFrom>(9));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "plan.propose must be TABLES or"},
    {"UnknownLayout",
     [](auto& q) { q.set_layout(static_cast<v1::AnswerLayout>(9)); },
     grpc::StatusCode::INVALID_ARGUMENT, "layout must be PER_SAMPLE or UNION"},
};

INSTANTIATE_TEST_SUITE_P(All, BadQueryTest, ::testing::ValuesIn(kBadQueries),
                         [](const auto& test) { return test.param.name; });

struct BadSpec {
  std::string name;
  std::function<void(v1::IndexSpec&)> spoil;
  grpc::StatusCode code;
  std::string field;
};

class BadSpecTest : public ServerFixture,
                    public ::testing::WithParamInterface<BadSpec> {};

TEST_P(BadSpecTest, GetsItsStatusAndCreatesNothing) {
  StartServer({"limits.max_index_bytes=2000000"});
  v1::CreateIndexRequest request;
  *request.mutable_spec() = SmallSpec("layer");
  GetParam().spoil(*request.mutable_spec());
  grpc::ClientContext context;
  v1::CreateIndexResponse response;
  const grpc::Status status = stub_->CreateIndex(&context, request, &response);
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_EQ(FieldOf(status), GetParam().field) << status.error_message();
  EXPECT_EQ(client_->ListIndexes()->size(), 0U);
}

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
const BadSpec kBadSpecs[] = {
    {"NoName", [](auto& s) { s.set_name(""); }, kInvalid, "name"},
    {"OddName", [](auto& s) { s.set_name("../x"); }, kInvalid, "name"},
    {"NoRows", [](auto& s) { s.set_num_rows(0); }, kInvalid, "spec.num_rows"},
    {"NoDim", [](auto& s) { s.set_dim(0); }, kInvalid, "spec.dim"},
    {"DimTooLarge", [](auto& s) { s.set_dim(5000); }, kInvalid, "spec.dim"},
    {"SeventeenBits", [](auto& s) { s.mutable_hash()->set_bits_per_table(17); },
     kInvalid, "hash.bits_per_table"},
    {"BitsBeyondAnyWord",
     [](auto& s) { s.mutable_hash()->set_bits_per_table(64); }, kInvalid,
     "hash.bits_per_table"},
    {"TooManyTables", [](auto& s) { s.mutable_hash()->set_num_tables(513); },
     kInvalid, "hash.num_tables"},
    {"UnknownFamily",
     [](auto& s) { s.mutable_hash()->set_family(v1::HashFamily(99)); },
     kInvalid, "spec.hash.family"},
    {"UnknownKind", [](auto& s) { s.set_kind(v1::IndexKind(9)); }, kInvalid,
     "spec.kind"},
    {"ReplicaInInt8", [](auto& s) { s.set_replica_dtype(v1::DATA_TYPE_INT8); },
     kInvalid, "spec.replica_dtype"},
    {"ProbesForWta",
     [](auto& s) {
       s.mutable_hash()->set_family(v1::HASH_FAMILY_DENSIFIED_WTA);
       s.mutable_default_plan()->set_num_probes(2);
     },
     kInvalid, "plan.num_probes"},
    {"StalenessAboveOne",
     [](auto& s) {
       s.mutable_rehash_policy()
           ->mutable_drift_threshold()
           ->set_max_row_staleness(1.5F);
     },
     kInvalid, "rehash_policy.drift_threshold.max_row_staleness"},
    {"RecallTargetAboveOne", [](auto& s) { s.set_recall_target(2); }, kInvalid,
     "spec.recall_target"},
    {"ProbeShareNegative", [](auto& s) { s.set_probe_share(-1); }, kInvalid,
     "spec.probe_share"},
    {"UnknownLearnMode",
     [](auto& s) { s.mutable_learning()->set_mode(v1::LearnMode(9)); },
     kInvalid, "spec.learning.mode"},
    {"UnknownLearnTarget",
     [](auto& s) { s.mutable_learning()->set_target(v1::LearnTarget(9)); },
     kInvalid, "spec.learning.target"},
    {"UnknownLearnLoss",
     [](auto& s) { s.mutable_learning()->set_loss(v1::LearnLoss(9)); },
     kInvalid, "spec.learning.loss"},
    {"PairwiseLossWithoutDirections",
     [](auto& s) { s.mutable_learning()->set_loss(v1::LEARN_LOSS_PAIRWISE); },
     kInvalid, "learning.loss"},
    {"LearningWithoutAPartition",
     [](auto& s) { s.mutable_learning()->set_mode(v1::LEARN_MODE_AUTO); },
     kInvalid, "learning.mode"},
    {"SampleShareZero",
     [](auto& s) { s.mutable_learning()->set_sample_share(0); }, kInvalid,
     "learning.sample_share"},
    {"TooLargeForTheService", [](auto& s) { s.set_num_rows(16777216); },
     grpc::StatusCode::RESOURCE_EXHAUSTED, ""},
};

INSTANTIATE_TEST_SUITE_P(All, BadSpecTest, ::testing::ValuesIn(kBadSpecs),
                         [](const auto& test) { return test.param.name; });

class CreateTwiceTest : public ServerFixture {};

TEST_F(CreateTwiceTest, EqualSpecIsReturnedAndAnotherOneRefused) {
  StartServer();
  ASSERT_TRUE(client_->CreateIndex(SmallSpec("layer"))->created());
  EXPECT_FALSE(client_->CreateIndex(SmallSpec("layer"))->created());
  v1::IndexSpec other = SmallSpec("layer");
  other.set_dim(9);
  EXPECT_EQ(client_->CreateIndex(other).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(CreateTwiceTest, QueryBeforeAllRowsAreSetIsAFailedPrecondition) {
  StartServer();
  ASSERT_TRUE(client_->CreateIndex(SmallSpec("layer")).ok());
  const auto answer = client_->QueryNeurons(QueryFor("layer", 1));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(answer.status().message()),
              ::testing::HasSubstr("0 of 200 rows are set"));
}

}  // namespace
}  // namespace mongoose::testing
