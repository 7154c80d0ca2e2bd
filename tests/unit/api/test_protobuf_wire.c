/* SPDX-License-Identifier: Apache-2.0 */
#include "api/protobuf_wire.h"

#include "base/str.h"
#include "json.h"

/* As kubectl 1.35 sends them. */
#define SECRET                                                                 \
	"6b3873000a0c0a0276311206536563726574123e0a170a03626d6312001a047261"   \
	"636b22002a00320038004200120e0a0870617373776f72641202707712110a0875"   \
	"7365726e616d65120561646d696e1a001a002200"
#define NAMESPACE                                                              \
	"6b3873000a0f0a02763112094e616d657370616365121e0a160a067261636b2d37"   \
	"12001a0022002a0032003800420012001a020a001a002200"
#define CONFIG_MAP                                                             \
	"6b3873000a0f0a0276311209436f6e6669674d6170121f0a150a016312001a0472"   \
	"61636b22002a0032003800420012060a01611201621a002200"
#define ACCESS_REVIEW                                                          \
	"6b3873000a320a17617574686f72697a6174696f6e2e6b38732e696f2f76311217"   \
	"53656c665375626a65637441636365737352657669657712400a100a0012001a00"   \
	"22002a0032003800420012220a200a0764656661756c7412046c6973741a002200"   \
	"2a077365637265747332003a001a08080012001a0020001a002200"
#define RULES_REVIEW                                                           \
	"6b3873000a310a17617574686f72697a6174696f6e2e6b38732e696f2f76311216"   \
	"53656c665375626a65637452756c657352657669657712230a100a0012001a0022"   \
	"002a0032003800420012090a0764656661756c741a04180022001a002200"
#define SUBJECT_REVIEW                                                         \
	"6b3873000a2d0a1861757468656e7469636174696f6e2e6b38732e696f2f763112"   \
	"1153656c665375626a656374526576696577121a0a100a0012001a0022002a0032"   \
	"003800420012060a040a0012001a002200"

/* Made by hand. */
#define DELETE_OPTIONS                                                         \
	"6b3873000a130a027631120d44656c6574654f7074696f6e73121d080012060a01"   \
	"751201391800220a466f726567726f756e642a03416c6c"
#define EVERYTHING                                                             \
	"6b3873000a0f0a0276311209436f6e6669674d61701287010a7a0a016338034206"   \
	"0880e2cfaa065a060a017812017962070a05656d7074796a0f0a014b1a016e2201"   \
	"752a02763138017203662f317203662f328a01310a016d12054170706c791a0276"   \
	"3122060880e2cfaa0632084669656c647356313a0f0a0d7b22663a64617461223a"   \
	"7b7d7d9a0607736b69707065649006071a070a0162120200ff2001"
#define EVENT                                                                  \
	"6b3873000a0b0a02763112054576656e7412490a030a0165121a0a084861726477"   \
	"617265120764656661756c741a026d312201751a045365656e22016d2a030a0163"   \
	"32060880e2cfaa063a0608bce2cfaa0640024a064e6f726d616c"

static json_t *parse(const char *hex, struct err *err)
{
	uint8_t bytes[1024];
	size_t n = strlen(hex) / 2;

	assert_true(n <= sizeof(bytes));
	assert_true(str_unhex(bytes, n, hex));
	return protobuf_parse(bytes, n, err);
}

static void check(const char *hex, const char *expected)
{
	struct err err;
	AUTO_JSON json_t *object = parse(hex, &err);

	if (!object)
		fail_msg("%s", err.message);
	assert_json(object, expected);
}

static void refuse(const char *hex, enum err_code code)
{
	struct err err;

	assert_null(parse(hex, &err));
	assert_int_equal(err.code, code);
}

static void test_what_kubectl_sends_is_read(void **state)
{
	(void)state;
	check(SECRET,
	      "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'bmc',"
	      "'namespace':'rack','generation':0,'creationTimestamp':null},"
	      "'data':{'password':'cHc=','username':'YWRtaW4='}}");
	check(NAMESPACE,
	      "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':"
	      "'rack-7','generation':0,'creationTimestamp':null},'spec':{}}");
	check(CONFIG_MAP,
	      "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c',"
	      "'namespace':'rack','generation':0,'creationTimestamp':null},"
	      "'data':{'a':'b'}}");
	check(ACCESS_REVIEW,
	      "{'apiVersion':'authorization.k8s.io/v1','kind':"
	      "'SelfSubjectAccessReview','metadata':{'generation':0,"
	      "'creationTimestamp':null},'spec':{'resourceAttributes':{"
	      "'namespace':'default','verb':'list','group':'','version':'',"
	      "'resource':'secrets','subresource':'','name':''}}}");
	check(RULES_REVIEW,
	      "{'apiVersion':'authorization.k8s.io/v1','kind':"
	      "'SelfSubjectRulesReview','metadata':{'generation':0,"
	      "'creationTimestamp':null},'spec':{'namespace':'default'}}");
	check(SUBJECT_REVIEW, "{'apiVersion':'authentication.k8s.io/v1','kind':"
			      "'SelfSubjectReview','metadata':{'generation':0,"
			      "'creationTimestamp':null}}");
}

static void test_options_of_a_delete_are_read(void **state)
{
	(void)state;
	check(DELETE_OPTIONS,
	      "{'apiVersion':'v1','kind':'DeleteOptions','gracePeriodSeconds':"
	      "0,"
	      "'preconditions':{'uid':'u','resourceVersion':'9'},"
	      "'orphanDependents':false,'propagationPolicy':'Foreground',"
	      "'dryRun':['All']}");
}

static void test_metadata_is_read_whole(void **state)
{
	(void)state;
	check(EVERYTHING,
	      "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c',"
	      "'generation':3,'creationTimestamp':'2023-11-14T22:13:20Z',"
	      "'labels':{'x':'y'},'annotations':{'empty':''},"
	      "'ownerReferences':[{'kind':'K','name':'n','uid':'u',"
	      "'apiVersion':'v1','blockOwnerDeletion':true}],"
	      "'finalizers':['f/1','f/2'],'managedFields':[{'manager':'m',"
	      "'operation':'Apply','apiVersion':'v1','time':"
	      "'2023-11-14T22:13:20Z','fieldsType':'FieldsV1','fieldsV1':"
	      "{'f:data':{}}}]},'binaryData':{'b':'AP8='},'immutable':true}");
}

static void test_an_event_is_read(void **state)
{
	(void)state;
	check(EVENT,
	      "{'apiVersion':'v1','kind':'Event','metadata':{'name':'e'},"
	      "'involvedObject':{'kind':'Hardware','namespace':'default',"
	      "'name':'m1','uid':'u'},'reason':'Seen','message':'m','source':"
	      "{'component':'c'},'firstTimestamp':'2023-11-14T22:13:20Z',"
	      "'lastTimestamp':'2023-11-14T22:14:20Z','count':2,"
	      "'type':'Normal'}");
}

static void test_what_is_no_protobuf_is_refused(void **state)
{
	(void)state;
	refuse("", ERR_PROTOCOL);
	refuse("6b3873", ERR_PROTOCOL);
	refuse("7b22613a317d", ERR_PROTOCOL);
	refuse("6b387300", ERR_UNSUPPORTED);
	/* A length over the end, a tag of 0, groups, ten bytes of varint. */
	refuse("6b3873000aff", ERR_PROTOCOL);
	refuse("6b38730000", ERR_PROTOCOL);
	refuse("6b3873000b", ERR_PROTOCOL);
	refuse("6b38730008ffffffffffffffffffff01", ERR_PROTOCOL);
	/* A name that is a number; a NUL in a name; bytes that are no text. */
	refuse("6b3873000a0f0a0276311209436f6e6669674d617012040a020801",
	       ERR_PROTOCOL);
	refuse("6b3873000a0f0a0276311209436f6e6669674d617012050a030a0100",
	       ERR_PROTOCOL);
	refuse("6b3873000a0f0a0276311209436f6e6669674d617012050a030a01ff",
	       ERR_PROTOCOL);
	/* A Pod; a coding of the content. */
	refuse("6b3873000a090a0276311203506f641200", ERR_UNSUPPORTED);
	refuse("6b3873000a0c0a027631120653656372657412001a04677a6970",
	       ERR_PROTOCOL);
}

static void test_every_cut_is_refused_or_less(void **state)
{
	uint8_t bytes[200];
	const size_t n = strlen(SECRET) / 2;
	struct err err;

	(void)state;
	assert_true(str_unhex(bytes, n, SECRET));
	for (size_t len = 0; len < n; len++) {
		AUTO_JSON json_t *object = protobuf_parse(bytes, len, &err);

		if (object)
			assert_string_equal(json_str_at(object, "kind"),
					    "Secret");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_kubectl_sends_is_read),
		cmocka_unit_test(test_options_of_a_delete_are_read),
		cmocka_unit_test(test_metadata_is_read_whole),
		cmocka_unit_test(test_an_event_is_read),
		cmocka_unit_test(test_what_is_no_protobuf_is_refused),
		cmocka_unit_test(test_every_cut_is_refused_or_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
