/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cert.h"

#include <ctype.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

static void free_utf8(unsigned char **text)
{
	OPENSSL_free(*text);
}

static bool is_plain(const unsigned char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return len > 0 && len < CERT_TEXT;
}

static int copy_value(const X509_NAME_ENTRY *entry, const char *what,
		      char out[CERT_TEXT], struct err *err)
{
	CLEANUP(free_utf8) unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));

	if (len < 0 || !is_plain(text, (size_t)len))
		return err_set(err, ERR_INVALID,
			       "the certificate's %s is no text of 1 to %d "
			       "bytes",
			       what, CERT_TEXT - 1);
	memcpy(out, text, (size_t)len);
	out[len] = '\0';
	return 0;
}

static int read_name(const X509_NAME *subject, struct cert *cert,
		     struct err *err)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at < 0 ||
	    X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return err_set(err, ERR_INVALID,
			       "the certificate has not one name (CN)");
	return copy_value(X509_NAME_get_entry(subject, at), "name", cert->name,
			  err);
}

static int read_groups(const X509_NAME *subject, struct cert *cert,
		       struct err *err)
{
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_organizationName,
						at)) >= 0) {
		if (cert->n_groups == CERT_GROUPS)
			return err_set(err, ERR_INVALID,
				       "the certificate has over %d groups (O)",
				       CERT_GROUPS);
		if (copy_value(X509_NAME_get_entry(subject, at), "group",
			       cert->groups[cert->n_groups++], err))
			return -1;
	}
	return 0;
}

static int read_serial(const X509 *certificate, struct cert *cert,
		       struct err *err)
{
	BIGNUM *number =
		ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex =
		number && !BN_is_negative(number) ? BN_bn2hex(number) : NULL;
	const char *text = hex ? hex : "";
	bool fits;

	BN_free(number);
	while (text[0] == '0' && text[1])
		text++;
	fits = *text && str_copy(cert->serial, sizeof(cert->serial), text);
	OPENSSL_free(hex);
	for (char *at = cert->serial; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (fits)
		return 0;
	return err_set(err, ERR_INVALID,
		       "the certificate has no serial number of up to 20 "
		       "bytes");
}

static int read_time(const ASN1_TIME *time, wall_ms *out, struct err *err)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return err_set(err, ERR_INVALID,
			       "the certificate's time is none");
	*out = (wall_ms)timegm(&tm) * 1000;
	return 0;
}

int cert_read(const struct x509_st *certificate, struct cert *cert,
	      struct err *err)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);

	*cert = (struct cert){ 0 };
	if (read_name(subject, cert, err) || read_groups(subject, cert, err) ||
	    read_serial(certificate, cert, err) ||
	    read_time(X509_get0_notBefore(certificate), &cert->from, err))
		return -1;
	return read_time(X509_get0_notAfter(certificate), &cert->until, err);
}
