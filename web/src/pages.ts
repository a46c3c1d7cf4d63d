import { ErrorSummary, PasswordInput, ServiceNavigation, SkipLink, createAll, isSupported } from "govuk-frontend";

import "./pages.scss";

// The usual inline script would need a hole in the content security policy.
document.body.classList.add("js-enabled", "govuk-frontend-supported");

if (isSupported()) {
  createAll(ErrorSummary);
  createAll(PasswordInput);
  createAll(ServiceNavigation);
  createAll(SkipLink);
}
