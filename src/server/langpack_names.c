/* langpack_names.c - what languages are called, in English and by themselves
 *
 * The locales for which language packs exist or are in the making; names as in the Unicode CLDR.
 */
#include "server/langpack.h"

#include "base/cleanup.h"

#include <string.h>

static const struct {
    const char *locale, *display, *native;
} names[] = {
    { "en", "English", "English" },
    { "ar_SA", "Arabic (Saudi Arabia)", "العربية (المملكة العربية السعودية)" },
    { "ca_ES", "Catalan (Spain)", "Català (Espanya)" },
    { "cs_CZ", "Czech (Czechia)", "Čeština (Česko)" },
    { "da_DK", "Danish (Denmark)", "Dansk (Danmark)" },
    { "de_DE", "German (Germany)", "Deutsch (Deutschland)" },
    { "el_GR", "Greek (Greece)", "Ελληνικά (Ελλάδα)" },
    { "en_GB", "English (United Kingdom)", "English (United Kingdom)" },
    { "en_US", "English (United States)", "English (United States)" },
    { "es_ES", "Spanish (Spain)", "Español (España)" },
    { "et_EE", "Estonian (Estonia)", "Eesti (Eesti)" },
    { "eu_ES", "Basque (Spain)", "Euskara (Espainia)" },
    { "fa_IR", "Persian (Iran)", "فارسی (ایران)" },
    { "fi_FI", "Finnish (Finland)", "Suomi (Suomi)" },
    { "fr_FR", "French (France)", "Français (France)" },
    { "gl_ES", "Galician (Spain)", "Galego (España)" },
    { "he_IL", "Hebrew (Israel)", "עברית (ישראל)" },
    { "hi_IN", "Hindi (India)", "हिन्दी (भारत)" },
    { "hr_HR", "Croatian (Croatia)", "Hrvatski (Hrvatska)" },
    { "hu_HU", "Hungarian (Hungary)", "Magyar (Magyarország)" },
    { "hy_AM", "Armenian (Armenia)", "Հայերեն (Հայաստան)" },
    { "id_ID", "Indonesian (Indonesia)", "Indonesia (Indonesia)" },
    { "is_IS", "Icelandic (Iceland)", "Íslenska (Ísland)" },
    { "it_IT", "Italian (Italy)", "Italiano (Italia)" },
    { "ja_JP", "Japanese (Japan)", "日本語 (日本)" },
    { "ka_GE", "Georgian (Georgia)",
      "Ქართული (საქართველო)" },
    { "kk_KZ", "Kazakh (Kazakhstan)", "Қазақ тілі (Қазақстан)" },
    { "ko_KR", "Korean (South Korea)", "한국어 (대한민국)" },
    { "lt_LT", "Lithuanian (Lithuania)", "Lietuvių (Lietuva)" },
    { "lv_LV", "Latvian (Latvia)", "Latviešu (Latvija)" },
    { "ms_MY", "Malay (Malaysia)", "Melayu (Malaysia)" },
    { "nb_NO", "Norwegian Bokmål (Norway)", "Norsk bokmål (Norge)" },
    { "nl_NL", "Dutch (Netherlands)", "Nederlands (Nederland)" },
    { "nn_NO", "Norwegian Nynorsk (Norway)", "Norsk nynorsk (Noreg)" },
    { "no_NO", "Norwegian (Norway)", "Norsk (Norge)" },
    { "pl_PL", "Polish (Poland)", "Polski (Polska)" },
    { "pt_BR", "Portuguese (Brazil)", "Português (Brasil)" },
    { "pt_PT", "Portuguese (Portugal)", "Português (Portugal)" },
    { "ro_RO", "Romanian (Romania)", "Română (România)" },
    { "ru_RU", "Russian (Russia)", "Русский (Россия)" },
    { "si_LK", "Sinhala (Sri Lanka)", "සිංහල (ශ්‍රී ලංකාව)" },
    { "sk_SK", "Slovak (Slovakia)", "Slovenčina (Slovensko)" },
    { "sl_SI", "Slovenian (Slovenia)", "Slovenščina (Slovenija)" },
    { "sr_RS", "Serbian (Cyrillic, Serbia)", "Српски (ћирилица, Србија)" },
    { "sv_SE", "Swedish (Sweden)", "Svenska (Sverige)" },
    { "ta_IN", "Tamil (India)", "தமிழ் (இந்தியா)" },
    { "th_TH", "Thai (Thailand)", "ไทย (ไทย)" },
    { "tr_TR", "Turkish (Türkiye)", "Türkçe (Türkiye)" },
    { "uk_UA", "Ukrainian (Ukraine)", "Українська (Україна)" },
    { "ur_PK", "Urdu (Pakistan)", "اردو (پاکستان)" },
    { "uz_UZ", "Uzbek (Latin, Uzbekistan)", "O‘zbek (lotin, Oʻzbekiston)" },
    { "vi_VN", "Vietnamese (Vietnam)", "Tiếng Việt (Việt Nam)" },
    { "zh_CN", "Chinese (Simplified, China)", "中文 (简体, 中国)" },
    { "zh_TW", "Chinese (Traditional, Taiwan)", "中文 (繁體, 台灣)" },
};

bool langpack_names (const char *locale, const char **ret_display, const char **ret_native)
{
    for (size_t i = 0; i < ARRAY_SIZE (names); i++) {
        if (strcmp (names[i].locale, locale))
            continue;
        *ret_display = names[i].display;
        *ret_native = names[i].native;
        return true;
    }
    return false;
}
