# embed.awk - the steps of the schema as a C file: one string for each file given
BEGIN { print "#include \"base/cleanup.h\"\n#include \"store/schema.h\"\n\nstatic const char *const steps[] = {" }
FNR == 1 && NR > 1 { print "    ," }
{
    sub (/[ \t]*--.*/, "")
    if ($0 == "")
        next
    gsub (/\\/, "\\\\")
    gsub (/"/, "\\\"")
    print "    \"" $0 "\\n\""
}
END {
    print "};\n\nsize_t schema_count (void)\n{\n    return ARRAY_SIZE (steps);\n}\n"
    print "const char *schema_step (size_t i)\n{\n    return steps[i];\n}"
}
