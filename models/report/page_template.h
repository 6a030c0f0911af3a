#pragma once

#include <string_view>

namespace continuo::report {

/// The sources of the page, put here by the build: page.html with `{{name}}` for what is filled in.
extern const std::string_view page_html, page_css, page_js;

} // namespace continuo::report
