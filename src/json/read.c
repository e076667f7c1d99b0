#include "json/read.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/join.h"
#include "base/utf8.h"
#include "generated/protocol.h"
#include "json/forms.h"
#include "json/members.h"
#include "json/number.h"
#include "json/scan.h"

enum { REASON_BYTES_MAX = 255, GIVEN_BYTES_MAX = 64 };

/* Where cJSON's nodes come from while this thread parses. Outside json_read, cJSON allocates as
 * usual: tests and tools may use it too. */
static _Thread_local struct arena *parsing;

static void *hook_malloc(size_t len)
{
    return parsing != NULL ? arena_alloc(parsing, len) : malloc(len);
}

static void hook_free(void *memory)
{
    if (parsing == NULL)
        free(memory);
}

static void install_hooks(void)
{
    cJSON_Hooks hooks = {hook_malloc, hook_free};

    cJSON_InitHooks(&hooks);
}

__attribute__((format(printf, 2, 3))) static bool explain(struct json_reader *reader,
                                                          const char *format, ...)
{
    enum { BUFFER_BYTES = REASON_BYTES_MAX + 2 }; /* one more, to see where the cut falls */
    char *reason = arena_alloc(reader->arena, BUFFER_BYTES);
    va_list arguments;

    reader->reason = STR("too many values");
    if (reason == NULL)
        return false;
    va_start(arguments, format);
    vsnprintf(reason, BUFFER_BYTES, format, arguments);
    va_end(arguments);
    reader->reason = utf8_cut((struct str){reason, strlen(reason)}, REASON_BYTES_MAX);
    return false;
}

/* A name that the scan has passed: what is left of it before its closing quote. */
static struct str quoted(const char *start)
{
    const char *end = start;

    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    return (struct str){start, (size_t)(end - start)};
}

/* Says which string holds U+0000: state.name. */
static void explain_nul(struct json_reader *reader, const struct scan *scan)
{
    struct str parts[2 * JSON_DEPTH_MAX + 1] = {STR("a string")}, path;
    uint32_t count = scan->names_count == 0;

    for (uint32_t i = 0; i < scan->names_count; i++) {
        if (i > 0)
            parts[count++] = STR(".");
        parts[count++] = utf8_cut(quoted(scan->text + scan->names[i]), GIVEN_BYTES_MAX);
    }
    path = join(reader->arena, parts, count, REASON_BYTES_MAX / 2);
    reader->is_json = true;
    explain(reader, "%.*s must not hold U+0000", (int)path.len, path.base);
}

/* cJSON's tree of the skeleton, which the scan has accepted. NULL when the arena is full. (cJSON
 * notes where it failed in a global, which all threads write and nobody reads.) */
static cJSON *parse(struct arena *arena, const struct scan *scan)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    cJSON *root;

    pthread_once(&once, install_hooks);
    parsing = arena;
    root = cJSON_ParseWithLength(scan->skeleton, scan->skeleton_len);
    parsing = NULL;
    return root;
}

static inline void give_name(cJSON *node, const struct scan_taken *taken, char *text)
{
    node->string = text + taken->offset;
    node->string[taken->len] = '\0'; /* where its closing quote was */
}

static inline void give_value(cJSON *node, const struct scan_taken *taken, char *text)
{
    static const uint8_t types[] = {
        [SCAN_STRING] = cJSON_String, [SCAN_NUMBER] = cJSON_Number, [SCAN_TRUE] = cJSON_True,
        [SCAN_FALSE] = cJSON_False,   [SCAN_NULL] = cJSON_NULL,
    };

    node->type = types[taken->kind];
    node->valuestring = text + taken->offset;
    node->valueint = (int)taken->len;
}

/* Puts what the scan has taken out of a node of the skeleton back, its name and its value. Returns
 * what was taken out next. */
static const struct scan_taken *finish_node(cJSON *node, const struct scan_taken *taken, char *text)
{
    if (node->string != NULL && node->string[0] == '\0')
        give_name(node, taken++, text);
    if (node->type == cJSON_NULL)
        give_value(node, taken++, text);
    else if (node->type == cJSON_String)
        node->valueint = (int)strlen(node->valuestring);
    return taken;
}

/* Gives each node of the skeleton its name and its value: the text of strings and numbers in
 * valuestring, and its length in valueint. What was taken out is in the tree's order. NULL, or the
 * name that an object has twice. */
static const char *finish_tree(cJSON *root, const struct scan *scan, char *text)
{
    cJSON *parents[JSON_DEPTH_MAX], *node = root;
    const struct scan_taken *taken = scan->taken;
    uint32_t depth = 0;

    for (;;) {
        taken = finish_node(node, taken, text);
        if (node->child != NULL) {
            parents[depth++] = node;
            node = node->child;
            continue;
        }
        while (node->next == NULL) {
            const char *twice;

            if (depth == 0)
                return NULL;
            node = parents[--depth];
            twice = node->type == cJSON_Object ? members_find_twice(node) : NULL;
            if (twice != NULL)
                return twice;
        }
        node = node->next;
    }
}

/* The tree of a form that cJSON has read before, with its names and values. NULL when the arena is
 * full; *twice becomes the name that an object has twice, or stays. */
static cJSON *rebuild(struct arena *arena, const struct form *form, const struct scan *scan,
                      char *text, const char **twice)
{
    cJSON *nodes = arena_alloc(arena, form->nodes_count * sizeof *nodes);
    const struct scan_taken *taken = scan->taken;

    if (nodes == NULL)
        return NULL;
    for (uint32_t i = 0; i < form->nodes_count; i++) {
        const struct form_node *node = &form->nodes[i];

        nodes[i] = (cJSON){
            .next = node->next != 0 ? &nodes[node->next] : NULL,
            .child = node->child != 0 ? &nodes[node->child] : NULL,
            .type = node->type,
        };
        if (node->named)
            give_name(&nodes[i], taken++, text);
        if (node->type == cJSON_NULL)
            give_value(&nodes[i], taken++, text);
    }
    for (uint32_t i = 0; i < form->objects_count && *twice == NULL; i++)
        *twice = members_find_twice(&nodes[form->objects[i]]);
    return nodes;
}

/* The tree of a text that the scan has accepted; as rebuild. */
static cJSON *build(struct arena *arena, const struct scan *scan, char *text, const char **twice)
{
    struct str skeleton = {scan->skeleton, scan->skeleton_len};
    const struct form *form = scan->kept ? NULL : forms_find(skeleton);
    cJSON *root;

    if (form != NULL)
        return rebuild(arena, form, scan, text, twice);
    root = parse(arena, scan);
    if (root == NULL)
        return NULL;
    if (!scan->kept)
        forms_note(skeleton, root);
    *twice = finish_tree(root, scan, text);
    return root;
}

const struct cJSON *json_read(struct json_reader *reader, struct str text)
{
    struct arena *arena = reader->arena;
    size_t mark = arena->used;
    char *copy = arena_alloc(arena, text.len + SCAN_PADDING);
    struct scan scan = {
        .text = copy,
        .len = text.len,
        .skeleton = arena_alloc(arena, SCAN_SKELETON_MAX(text.len)),
        .taken = arena_alloc(arena, SCAN_TAKEN_MAX(text.len) * sizeof *scan.taken),
    };
    const char *twice = NULL;
    cJSON *root;

    if (copy == NULL || scan.skeleton == NULL || scan.taken == NULL)
        goto full;
    if (text.len > 0)
        memcpy(copy, text.base, text.len);
    memset(copy + text.len, 0, SCAN_PADDING);
    if (!scan_text(&scan)) {
        if (scan.nul)
            explain_nul(reader, &scan);
        else
            explain(reader, "%s%s at byte %zu", reader->not_json, scan.problem, scan.problem_at);
        return NULL;
    }
    root = build(arena, &scan, copy, &twice);
    if (root == NULL)
        goto full;
    if (twice == NULL)
        return root;
    explain(reader, "%smember '%.*s' given twice", reader->not_json,
            (int)utf8_cut((struct str){twice, strlen(twice)}, GIVEN_BYTES_MAX).len, twice);
    return NULL;
full:
    arena_reset(arena, mark);
    explain(reader, "%stoo many values", reader->not_json);
    return NULL;
}

/* By byte: where a name ends has just been written, and strcmp's wide reads would wait for that. */
static inline bool is_name(const char *name, const char *given)
{
    while (*name == *given && *name != '\0') {
        name++;
        given++;
    }
    return *name == *given;
}

const struct cJSON *json_member(const struct cJSON *object, const char *name)
{
    const cJSON *member = object->child;

    while (member != NULL && !is_name(name, member->string))
        member = member->next;
    return member;
}

const struct cJSON *json_optional(const struct cJSON *object, const char *name)
{
    const cJSON *member = json_member(object, name);

    return json_is_null(member) ? NULL : member;
}

/* Not what cJSON has for it, which is a call of the library. */
static inline bool is(const struct cJSON *value, int type)
{
    return value != NULL && value->type == type;
}

bool json_is_null(const struct cJSON *value)
{
    return is(value, cJSON_NULL);
}

bool json_is_object(const struct cJSON *value)
{
    return is(value, cJSON_Object);
}

bool json_array(const struct cJSON *value, uint32_t min, uint32_t max)
{
    uint32_t count = 0;

    if (!is(value, cJSON_Array))
        return false;
    for (const cJSON *item = value->child; item != NULL && count <= max; item = item->next)
        count++;
    return count >= min && count <= max;
}

const struct cJSON *json_first(const struct cJSON *array)
{
    return array->child;
}

const struct cJSON *json_next(const struct cJSON *item)
{
    return item->next;
}

/* The text of a number or a string. */
static struct str text_of(const struct cJSON *value)
{
    return (struct str){value->valuestring, (size_t)value->valueint};
}

static bool get_string(const struct cJSON *value, struct str *out)
{
    if (!is(value, cJSON_String))
        return false;
    *out = text_of(value);
    return true;
}

bool json_bytes(const struct cJSON *value, size_t min, size_t max, struct str *out)
{
    return get_string(value, out) && out->len >= min && out->len <= max;
}

bool json_chars(const struct cJSON *value, size_t min, size_t max, struct str *out)
{
    size_t chars;

    /* A character takes 1 to 4 bytes. */
    if (!get_string(value, out) || out->len / 4 > max)
        return false;
    chars = utf8_chars(*out);
    return chars >= min && chars <= max;
}

static bool in_ranges(char c, const char *ranges)
{
    for (; *ranges; ranges += 2)
        if (c >= ranges[0] && c <= ranges[1])
            return true;
    return false;
}

bool json_pattern(const struct cJSON *value, const struct json_part *parts, uint32_t count,
                  struct str *out)
{
    size_t at = 0;

    if (!get_string(value, out))
        return false;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t n = 0; n < parts[i].count; n++, at++)
            if (at == out->len || !in_ranges(out->base[at], parts[i].ranges))
                return false;
    return at == out->len;
}

bool json_word(const struct cJSON *value, const struct str *words, uint32_t count, uint32_t *out)
{
    struct str given;

    if (!get_string(value, &given))
        return false;
    for (*out = 0; *out < count; ++*out)
        if (str_equal(words[*out], given))
            return true;
    return false;
}

bool json_bool(const struct cJSON *value, bool *out)
{
    *out = is(value, cJSON_True);
    return *out || is(value, cJSON_False);
}

bool json_u64(const struct cJSON *value, uint64_t min, uint64_t max, uint64_t *out)
{
    return is(value, cJSON_Number) && number_u64(text_of(value), out) && *out >= min && *out <= max;
}

bool json_u32(const struct cJSON *value, uint32_t min, uint32_t max, uint32_t *out)
{
    uint64_t wide = 0;
    bool fits = json_u64(value, min, max, &wide);

    *out = (uint32_t)wide;
    return fits;
}

bool json_u16(const struct cJSON *value, uint16_t min, uint16_t max, uint16_t *out)
{
    uint64_t wide = 0;
    bool fits = json_u64(value, min, max, &wide);

    *out = (uint16_t)wide;
    return fits;
}

bool json_u8(const struct cJSON *value, uint8_t min, uint8_t max, uint8_t *out)
{
    uint64_t wide = 0;
    bool fits = json_u64(value, min, max, &wide);

    *out = (uint8_t)wide;
    return fits;
}

bool json_number(const struct cJSON *value, double min, double max, struct number *out)
{
    struct str text;

    if (!is(value, cJSON_Number))
        return false;
    text = text_of(value);
    out->value = number_double(text);
    out->text_len = 0;
    if (text.len <= NUMBER_TEXT_MAX) {
        memcpy(out->text, text.base, text.len);
        out->text_len = (uint8_t)text.len;
    }
    return out->value >= min && out->value <= max;
}

static bool explain_field(struct json_reader *reader)
{
    if (reader->rule != NULL)
        return explain(reader, "%s %s", reader->path, reader->rule);
    return explain(reader, "missing field %s", reader->path);
}

bool json_refuse(struct json_reader *reader, const struct cJSON *value, const char *name,
                 const char *rule)
{
    reader->path = name;
    reader->rule = value != NULL ? rule : NULL;
    return explain_field(reader);
}

bool json_raise(struct json_reader *reader, uint32_t error, uint64_t measured)
{
    reader->error = error;
    reader->measured = measured;
    return false;
}

bool json_refuse_inside(struct json_reader *reader, const char *name)
{
    size_t bytes = strlen(name) + strlen(reader->path) + 2;
    char *path = arena_alloc(reader->arena, bytes);

    if (path == NULL)
        return false;
    snprintf(path, bytes, "%s.%s", name, reader->path);
    reader->path = path;
    return explain_field(reader);
}

bool json_refuse_unknown(struct json_reader *reader, const char *name, struct str given)
{
    given = utf8_cut(given, GIVEN_BYTES_MAX);
    return explain(reader, "unknown %s '%.*s'", name, (int)given.len, given.base);
}
