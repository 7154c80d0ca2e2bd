/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kubeconfig_plan.h"

#include "json.h"
#include "test.h"

static void test_a_token_is_a_way_in(void **state)
{
	const struct kubeconfig config = { .server = "https://10.0.0.5:7443",
					   .ca_pem = "PEM",
					   .user = "ada",
					   .token = "t0ken" };
	AUTO_JSON json_t *out = kubeconfig_render(&config);

	(void)state;
	assert_json(out, "{'apiVersion':'v1','kind':'Config','clusters':[{"
			 "'name':'tomte','cluster':{"
			 "'server':'https://10.0.0.5:7443',"
			 "'certificate-authority-data':'UEVN'}}],"
			 "'users':[{'name':'ada','user':{'token':'t0ken'}}],"
			 "'contexts':[{'name':'tomte','context':{"
			 "'cluster':'tomte','user':'ada'}}],"
			 "'current-context':'tomte'}");
}

static void test_so_is_a_certificate_with_its_key(void **state)
{
	const struct kubeconfig config = { .server = "https://tomte:7443",
					   .user = "ada",
					   .namespace = "a",
					   .cert_pem = "CERT",
					   .key_pem = "KEY" };
	AUTO_JSON json_t *out = kubeconfig_render(&config);

	(void)state;
	assert_json(json_at(out, "users[0].user"),
		    "{'client-certificate-data':'Q0VSVA==',"
		    "'client-key-data':'S0VZ'}");
	assert_json(json_at(out, "clusters[0].cluster"),
		    "{'server':'https://tomte:7443'}");
	assert_json(json_at(out, "contexts[0].context"),
		    "{'cluster':'tomte','user':'ada','namespace':'a'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_token_is_a_way_in),
		RUN(test_so_is_a_certificate_with_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
