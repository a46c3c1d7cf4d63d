/** The two packages that bring no types: only what we call. */
declare module "govuk-frontend" {
  export class ErrorSummary {}
  export class PasswordInput {}
  export class ServiceNavigation {}
  export class SkipLink {}
  export function createAll(
    component: typeof ErrorSummary | typeof PasswordInput | typeof ServiceNavigation | typeof SkipLink,
  ): void;
  export function isSupported(): boolean;
}

declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  export default function SwaggerUIBundle(options: {
    url: string;
    domNode: Element;
    deepLinking: boolean;
    /** The address of an outside checker; null keeps the page from calling one. */
    validatorUrl: string | null;
    onComplete: () => void;
  }): void;
}
