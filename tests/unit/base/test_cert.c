/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cert.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <string.h>

#include "test.h"

static X509 *make(void)
{
	X509 *certificate = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 0x0a1b);
	ASN1_TIME_set_string(X509_getm_notBefore(certificate),
			     "20261124120000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(certificate),
			     "21260101000000Z");
	return certificate;
}

static void add(X509 *certificate, const char *field, const char *text, int len)
{
	X509_NAME *subject = X509_get_subject_name(certificate);

	assert_int_equal(X509_NAME_add_entry_by_txt(
				 subject, field, MBSTRING_UTF8,
				 (const unsigned char *)text, len, -1, 0),
			 1);
}

static void refused(X509 *certificate, const char *words)
{
	struct cert cert;
	struct err err;

	assert_int_equal(cert_read(certificate, &cert, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.message, words));
	X509_free(certificate);
}

static void test_a_certificate_says_who_and_until_when(void **state)
{
	X509 *certificate = make();
	struct cert cert;
	struct err err;

	(void)state;
	add(certificate, "O", "operator", -1);
	add(certificate, "CN", "ad\xc3\xa9", -1);
	add(certificate, "O", "namespace:a", -1);
	assert_int_equal(cert_read(certificate, &cert, &err), 0);

	assert_string_equal(cert.name, "ad\xc3\xa9");
	assert_int_equal(cert.n_groups, 2);
	assert_string_equal(cert.groups[0], "operator");
	assert_string_equal(cert.groups[1], "namespace:a");
	assert_string_equal(cert.serial, "a1b");
	assert_true(cert.from == INT64_C(1795521600000));
	assert_true(cert.until == INT64_C(4922899200000));
	X509_free(certificate);
}

static void test_one_name_and_no_other(void **state)
{
	X509 *none = make();
	X509 *two = make();

	(void)state;
	add(none, "O", "admin", -1);
	add(two, "CN", "ada", -1);
	add(two, "CN", "root", -1);

	refused(none, "not one name");
	refused(two, "not one name");
}

static void test_a_nul_or_control_byte_is_in_no_name(void **state)
{
	X509 *nul = make();
	X509 *control = make();
	X509 *group = make();

	(void)state;
	add(nul, "CN", "root\0.example", 13);
	add(control, "CN", "a\nb", -1);
	add(group, "CN", "ada", -1);
	add(group, "O", "admin\0x", 7);

	refused(nul, "name is no text");
	refused(control, "name is no text");
	refused(group, "group is no text");
}

static void test_the_number_of_groups_is_bounded(void **state)
{
	X509 *certificate = make();

	(void)state;
	add(certificate, "CN", "ada", -1);
	for (int i = 0; i <= CERT_GROUPS; i++)
		add(certificate, "O", "viewer", -1);

	refused(certificate, "over 16 groups");
}

static void test_a_serial_number_is_positive_and_of_20_bytes(void **state)
{
	X509 *negative = make();
	X509 *wide = make();
	X509 *widest = make();
	unsigned char bytes[21];
	struct cert cert;
	struct err err;

	(void)state;
	memset(bytes, 0x7f, sizeof(bytes));
	add(negative, "CN", "ada", -1);
	add(wide, "CN", "ada", -1);
	add(widest, "CN", "ada", -1);
	ASN1_INTEGER_set(X509_get_serialNumber(negative), -7);
	ASN1_STRING_set(X509_get_serialNumber(wide), bytes, 21);
	ASN1_STRING_set(X509_get_serialNumber(widest), bytes, 20);

	refused(negative, "serial number");
	refused(wide, "serial number");
	assert_int_equal(cert_read(widest, &cert, &err), 0);
	assert_int_equal(strlen(cert.serial), 40);
	X509_free(widest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_certificate_says_who_and_until_when),
		RUN(test_one_name_and_no_other),
		RUN(test_a_nul_or_control_byte_is_in_no_name),
		RUN(test_the_number_of_groups_is_bounded),
		RUN(test_a_serial_number_is_positive_and_of_20_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
